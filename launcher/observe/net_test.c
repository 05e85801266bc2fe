#include "net_test.h"

#include <ctype.h>
#include <string.h>

#include "net_walk.h"

struct step {
    const char *what;
    unsigned shapes; /* enum walk_shape */
    walk_step *function;
};

static int is_the_hosts(struct walk *walk, const char **ret_found, struct fail *fail)
{
    (void)walk, (void)fail;
    *ret_found = "the host's own: the container is in the host's network";
    return WALK_SKIP;
}

/* From the container outwards. The first one finds out of which shape the network is. */
static const struct step STEPS[] = {
    {"container", WALK_ANY, walk_find},
    {"links", WALK_HOST, is_the_hosts},
    {"loopback", WALK_OWN, walk_loopback},
    {"interface", WALK_NONE, walk_no_link},
    {"interface", WALK_BRIDGE, walk_links},
    {"interface", WALK_PASTA | WALK_OTHER, walk_some_link},
    {"address", WALK_BRIDGE, walk_addresses},
    {"default route", WALK_BRIDGE, walk_default_route},
    {"default route", WALK_PASTA | WALK_OTHER, walk_some_default_route},
    {"bridge", WALK_BRIDGE, walk_bridges},
    {"forwarding", WALK_BRIDGE, walk_forwarding},
    {"nftables", WALK_BRIDGE, walk_rules},
    {"other firewalls", WALK_BRIDGE, walk_other_rules},
    {"gateway", WALK_BRIDGE, walk_gateways},
    {"host's route", WALK_HOST | WALK_BRIDGE | WALK_PASTA, walk_host_route},
    {"resolver", WALK_HOST | WALK_BRIDGE | WALK_PASTA | WALK_OTHER, walk_resolver},
};

/* Names of links and files are the container's, and must not speak to the terminal. */
static const char *clean(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    for (char *letter = copy; *letter != '\0'; letter++)
        if (iscntrl((unsigned char)*letter))
            *letter = '?';
    return copy;
}

static void print_step(const struct walk *walk, const struct step *step, int result,
                       const char *found, const struct fail *fail, FILE *file)
{
    static const char *const words[] = {"PASS", "SKIP", "FAIL"};
    const char *word = words[result < 0 ? 2 : result];
    (void)fprintf(file, "%s %s: %s\n", word, step->what,
                  clean(walk->arena, result < 0 ? fail->text : found));
    if (result < 0 && fail->hint[0] != '\0')
        (void)fprintf(file, "hint: %s\n", clean(walk->arena, fail->hint));
}

static bool walk_along(struct walk *walk, FILE *file)
{
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        const char *found = "";
        struct fail broken = {0};
        if (!(STEPS[i].shapes & walk->shape))
            continue;
        int result = STEPS[i].function(walk, &found, &broken);
        print_step(walk, &STEPS[i], result, found, &broken, file);
        if (result < 0)
            return false;
    }
    return true;
}

int net_test_run(const char *id, struct arena *arena, FILE *file, bool *ret_passed,
                 struct fail *fail)
{
    struct walk walk = WALK_CLOSED;
    struct state_record record;
    TRY(state_find(id, arena, &record, fail)); /* a misspelt name is no broken network */
    walk.arena = arena;
    walk.id = id;
    *ret_passed = walk_along(&walk, file);
    walk_close(&walk);
    return fflush(file) == 0 ? 0 : fail_sys(fail, "writing what was found");
}
