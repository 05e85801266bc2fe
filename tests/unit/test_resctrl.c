/* linux.intelRdt: what is made of it below a directory that stands for a resctrl file system, which this
 * processor need not have. Only files that the kernel would make by itself are there before. */
#include "../../launcher/host/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static const char SCHEMATA[] = "    L3:0=7ff;1=00f\n    MB:0= 100;1=70\n";

static void test_comparing(void)
{
    static const struct {
        const char *line;
        bool says;
    } rows[] = {
        {"L3:0=7ff;1=00f", true}, {"L3:1=f", true},      {"L3:0=7FF", true}, {"MB:1=70", true},
        {"MB:0=100;1=70", true},  {"L3:0=7fe", false},   {"L3:2=f", false},  {"L2:0=7ff", false},
        {"MB:1=7", false},        {"L3:", false},        {"L3", false},      {"", false},
        {"L3:0=7ff;", false},     {"L3:0=7ff;x", false}, {"L3:0", false},    {"3:0=7ff", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ok(resctrl_says(SCHEMATA, rows[i].line) == rows[i].says, rows[i].line);
}

static void test_places(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec_intel_rdt own = {.enable_monitoring = true};
    struct spec_intel_rdt named = {.closid = "gold"};
    struct spec_intel_rdt monitored = {.closid = "/", .enable_monitoring = true};
    struct resctrl resctrl = resctrl_place(&own, "/r", "box", &arena);
    is_str(resctrl.group, "/r/box", "without a name the class is called as the container");
    is_int((long long)resctrl.owned_count, 2, "  and is removed with it,");
    is_str(resctrl.owned[0], "/r/box/mon_groups/box", "  behind the monitor in it");
    resctrl = resctrl_place(&named, "/r", "box", &arena);
    is_str(resctrl.group, "/r/gold", "a class with a name");
    is_int((long long)resctrl.owned_count, 0, "  stays");
    resctrl = resctrl_place(&monitored, "/r", "box", &arena);
    is_str(resctrl.group, "/r", "the default class");
    is_str(resctrl.owned[0], "/r/mon_groups/box", "  with a monitor");
    is_int((long long)resctrl.owned_count, 1, "  that goes");
}

static void put(const char *directory, const char *name, const char *text, struct arena *arena)
{
    (void)mkdir(directory, 0755);
    AUTO_FD int fd = open(arena_printf(arena, "%s/%s", directory, name), O_WRONLY | O_CREAT, 0644);
    (void)!write(fd, text, strlen(text));
}

static const char *get(const char *directory, const char *name, struct arena *arena)
{
    AUTO_FD int fd = open(arena_printf(arena, "%s/%s", directory, name), O_RDONLY);
    char *text = arena_alloc(arena, 200);
    (void)!read(fd, text, 199);
    return text;
}

/* enter: what becomes of it */
static int enter(const struct spec_intel_rdt *wanted, const char *root, struct arena *arena,
                 struct fail *fail)
{
    struct resctrl resctrl = resctrl_place(wanted, root, "box", arena);
    *fail = (struct fail){.code = 0};
    return resctrl_enter(&resctrl, 4711, arena, fail);
}

static void test_named(const char *root, struct arena *arena)
{
    struct fail fail;
    const char *lines[] = {"L3:1=f", "MB:0=100"}, *other[] = {"L3:1=7"};
    const char *gold = arena_printf(arena, "%s/gold", root);
    put(gold, "schemata", SCHEMATA, arena);
    put(gold, "tasks", "", arena);
    struct spec_intel_rdt same = {.closid = "gold", .schemata = lines, .schema_count = 2};
    is_int(enter(&same, root, arena, &fail), 0, "a class that is there, with the same schemata");
    is_str(get(gold, "tasks", arena), "4711\n", "  gets the process");
    is_str(get(gold, "schemata", arena), SCHEMATA, "  and stays as it is");
    struct spec_intel_rdt differs = {.closid = "gold", .schemata = other, .schema_count = 1};
    ok(enter(&differs, root, arena, &fail) < 0, "with others it is an error");
    is_str(fail.text,
           arena_printf(arena,
                        "linux.intelRdt: the class %s is there, with other schemata than "
                        "L3:1=7",
                        gold),
           "  that says so");
    struct spec_intel_rdt missing = {.closid = "silver"};
    is_int(enter(&missing, root, arena, &fail), -ENOENT, "one that is not there, without schemata");
    ok(access(arena_printf(arena, "%s/silver", root), F_OK) < 0, "  is not made");
}

/* In a real one its files would be there at once: here the error shows what is written first. */
static void test_order(const char *root, struct arena *arena)
{
    struct fail fail;
    const char *lines[] = {"L2:0=f"};
    struct spec_intel_rdt wanted = {.l3_schema = "L3:0=f", .schemata = lines, .schema_count = 1};
    const char *box = arena_printf(arena, "%s/box", root);
    put(arena_printf(arena, "%s/info", root), "last_cmd_status", "out of luck\n", arena);
    is_int(enter(&wanted, root, arena, &fail), -ENOENT, "a class of its own is made");
    is_str(fail.text,
           arena_printf(arena, "writing L3:0=f to %s/schemata: No such file or directory", box),
           "  l3CacheSchema is written first");
    is_str(fail.hint, "the kernel says: out of luck", "  and an error is in the kernel's words");
    struct resctrl resctrl = resctrl_place(&wanted, root, "box", arena);
    fail = (struct fail){.code = 0};
    is_int(resctrl_check_free(&resctrl, &fail), -EEXIST, "what is there is nobody's own");
    is_int(resctrl_remove(resctrl.owned, resctrl.owned_count, &fail), 0, "it is removed");
    ok(access(box, F_OK) < 0, "  and gone");
    is_int(resctrl_remove(resctrl.owned, resctrl.owned_count, &fail), 0, "  once more is no error");
}

static void test_monitor(const char *root, struct arena *arena)
{
    struct fail fail;
    struct spec_intel_rdt wanted = {.closid = "/", .enable_monitoring = true};
    const char *monitors = arena_printf(arena, "%s/mon_groups", root);
    put(root, "tasks", "", arena);
    (void)mkdir(monitors, 0755);
    is_int(enter(&wanted, root, arena, &fail), -ENOENT, "a monitor in the default class is made");
    is_str(get(root, "tasks", arena), "4711\n", "  behind the process's move into the class");
    ok(access(arena_printf(arena, "%s/box", monitors), F_OK) == 0, "  with the container's name");
}

int main(void)
{
    AUTO_ARENA struct arena arena = {0};
    char root[] = "/tmp/test-resctrl-XXXXXX";
    test_comparing();
    test_places();
    if (ok(mkdtemp(root) != NULL, "a directory")) {
        test_named(root, &arena);
        test_order(root, &arena);
        test_monitor(root, &arena);
        (void)!system(arena_printf(&arena, "rm -r %s", root));
    }
    return done_testing();
}
