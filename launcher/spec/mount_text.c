#include "mount_text.h"

#include <stdio.h>
#include <string.h>

#include "parse.h"

/* What can be said of a bind mount, mount(8): its file system's own options were fixed when that
 * was mounted, so anything else is a mistake. "r" words hold for the mounts below it too. */
static const char *const bind_options[] = {
    "bind",        "rbind",    "ro",          "rro",          "rw",           "rrw",
    "nosuid",      "suid",     "nodev",       "dev",          "noexec",       "exec",
    "noatime",     "relatime", "strictatime", "nodiratime",   "diratime",     "nosymfollow",
    "symfollow",   "rnosuid",  "rsuid",       "rnodev",       "rdev",         "rnoexec",
    "rexec",       "rnoatime", "rrelatime",   "rstrictatime", "rnosymfollow", "private",
    "rprivate",    "slave",    "rslave",      "shared",       "rshared",      "unbindable",
    "runbindable",
};

static const char *const propagations[] = {
    "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void add_option(struct spec_mount *mount, struct arena *arena, const char *option)
{
    *ARENA_APPEND(arena, mount->options, mount->option_count) = option;
}

static bool has_option(const struct spec_mount *mount, const char *const *words, size_t count)
{
    for (size_t i = 0; i < mount->option_count; i++)
        if (is_one_of(mount->options[i], words, count))
            return true;
    return false;
}

/* Appends the words of "ro,nosuid,...". */
static int add_words(struct spec_mount *mount, struct arena *arena, const char *text,
                     struct fail *fail)
{
    const char *cursor = text;
    for (char *word; (word = next_piece(arena, &cursor, ',')) != NULL;) {
        if (*word == '\0')
            return fail_set(fail, "\"%.100s\" contains an empty mount option", text);
        add_option(mount, arena, word);
    }
    return 0;
}

static int check_bind_options(const struct spec_mount *mount, struct fail *fail)
{
    for (size_t i = 0; i < mount->option_count; i++) {
        const char *option = mount->options[i];
        if (is_one_of(option, bind_options, COUNT(bind_options)))
            continue;
        if (strcmp(option, "z") == 0 || strcmp(option, "Z") == 0)
            return fail_set(fail, "SELinux relabelling (\"%s\") is not supported", option);
        return fail_set(fail, "\"%.60s\" is not an option of a bind mount", option);
    }
    return 0;
}

/* Docker's defaults: the mounts below the source come along, and no mount event passes either way.
 * Without "rprivate" a host whose / is shared would see what the container mounts below. */
static int finish_bind(struct spec_mount *mount, struct arena *arena, struct fail *fail)
{
    static const char *const kinds[] = {"bind", "rbind"};
    TRY(check_bind_options(mount, fail));
    if (mount->source == NULL || *mount->source == '\0')
        return fail_set(fail, "a bind mount needs a source");
    if (!has_option(mount, kinds, COUNT(kinds)))
        add_option(mount, arena, "rbind");
    if (!has_option(mount, propagations, COUNT(propagations)))
        add_option(mount, arena, "rprivate");
    return 0;
}

int parse_volume(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                 struct fail *fail)
{
    struct spec_mount mount = {.type = "bind"};
    const char *cursor = text;
    mount.source = next_piece(arena, &cursor, ':');
    const char *destination = next_piece(arena, &cursor, ':');
    const char *words = next_piece(arena, &cursor, ':');
    if (destination == NULL || cursor != NULL) {
        int code = fail_set(fail, "\"%.200s\" is not SRC:DST[:options]", text);
        (void)fail_hint(fail, "paths with a colon can be given with --mount type=bind,src=,dst=");
        return code;
    }
    TRY(parse_container_path(destination, arena, &mount.destination, fail));
    if (words != NULL)
        TRY(add_words(&mount, arena, words, fail));
    TRY(finish_bind(&mount, arena, fail));
    *ret_mount = mount;
    return 0;
}

/* In the order of mount(8): what the user writes comes later and wins. */
static void add_careful_options(struct spec_mount *mount, struct arena *arena)
{
    static const char *const careful[] = {"nosuid", "nodev", "noexec"};
    for (size_t i = 0; i < COUNT(careful); i++)
        add_option(mount, arena, careful[i]);
}

int parse_tmpfs(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                struct fail *fail)
{
    struct spec_mount mount = {.type = "tmpfs", .source = "tmpfs"};
    const char *cursor = text;
    const char *destination = next_piece(arena, &cursor, ':');
    TRY(parse_container_path(destination, arena, &mount.destination, fail));
    add_careful_options(&mount, arena);
    if (cursor != NULL)
        TRY(add_words(&mount, arena, cursor, fail));
    *ret_mount = mount;
    return 0;
}

/* ---- --mount ---- */

struct draft {
    struct arena *arena;
    struct spec_mount mount; /* its options: only the user's */
};

static int take_type(struct draft *draft, const char *value, struct fail *fail)
{
    if (strcmp(value, "volume") == 0) {
        int code = fail_set(fail, "there are no named volumes");
        (void)fail_hint(fail, "type=bind,src=DIR,dst=DIR takes a directory of the host");
        return code;
    }
    if (*value == '\0' || value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] != '\0')
        return fail_set(fail, "\"%.60s\" is not a type of file system", value);
    draft->mount.type = value;
    return 0;
}

static int take_source(struct draft *draft, const char *value, struct fail *fail)
{
    if (*value == '\0')
        return fail_set(fail, "the source is empty");
    draft->mount.source = value;
    return 0;
}

static int take_destination(struct draft *draft, const char *value, struct fail *fail)
{
    return parse_container_path(value, draft->arena, &draft->mount.destination, fail);
}

static int take_readonly(struct draft *draft, const char *value, struct fail *fail)
{
    bool on = true;
    if (value != NULL)
        TRY(parse_switch(value, &on, fail));
    add_option(&draft->mount, draft->arena, on ? "ro" : "rw");
    return 0;
}

static int take_propagation(struct draft *draft, const char *value, struct fail *fail)
{
    if (!is_one_of(value, propagations, COUNT(propagations)))
        return fail_set(fail, "\"%.60s\" is not a propagation type", value);
    add_option(&draft->mount, draft->arena, value);
    return 0;
}

static int take_recursion(struct draft *draft, const char *value, struct fail *fail)
{
    static const char *const words[][2] = {
        {"enabled", "rbind"}, {"disabled", "bind"}, {"readonly", "rro"}, {"writable", "ro"}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(value, words[i][0]) == 0) {
            add_option(&draft->mount, draft->arena, words[i][1]);
            return 0;
        }
    return fail_set(fail, "\"%.60s\" is none of enabled, disabled, readonly, writable", value);
}

static int take_tmpfs_size(struct draft *draft, const char *value, struct fail *fail)
{
    int64_t bytes = 0;
    TRY(parse_size(value, &bytes, fail));
    add_option(&draft->mount, draft->arena,
               arena_printf(draft->arena, "size=%lld", (long long)bytes));
    return 0;
}

static int take_tmpfs_mode(struct draft *draft, const char *value, struct fail *fail)
{
    uint32_t mode = 0;
    TRY(parse_octal(value, 07777, &mode, fail));
    add_option(&draft->mount, draft->arena, arena_printf(draft->arena, "mode=%o", mode));
    return 0;
}

struct mount_key {
    const char *name;
    bool bare_too; /* may stand without a value */
    int (*take)(struct draft *draft, const char *value, struct fail *fail);
};

static const struct mount_key mount_keys[] = {
    {"type", false, take_type},
    {"src", false, take_source},
    {"source", false, take_source},
    {"dst", false, take_destination},
    {"destination", false, take_destination},
    {"target", false, take_destination},
    {"ro", true, take_readonly},
    {"readonly", true, take_readonly},
    {"bind-propagation", false, take_propagation},
    {"bind-recursive", false, take_recursion},
    {"tmpfs-size", false, take_tmpfs_size},
    {"tmpfs-mode", false, take_tmpfs_mode},
};

/* Any other field is an option as in fstab(5): "nosuid", "hidepid=2". */
static int take_field(struct draft *draft, char *field, struct fail *fail)
{
    size_t size = strcspn(field, "=");
    char *value = field[size] == '=' ? field + size + 1 : NULL;
    for (size_t i = 0; i < COUNT(mount_keys); i++) {
        const struct mount_key *key = &mount_keys[i];
        if (strlen(key->name) != size || memcmp(key->name, field, size) != 0)
            continue;
        if (value == NULL && !key->bare_too)
            return fail_set(fail, "\"%s\" needs a value: %s=...", key->name, key->name);
        return key->take(draft, value, fail);
    }
    if (size == 0)
        return fail_set(fail, "it contains an empty field");
    add_option(&draft->mount, draft->arena, field);
    return 0;
}

/* One field of a CSV line, RFC 4180: a comma may stand between double quotes, and a quote is then
 * written twice. Returns NULL at the end. */
static char *next_field(struct arena *arena, const char **cursor)
{
    if (*cursor == NULL || **cursor != '"')
        return next_piece(arena, cursor, ',');
    const char *at = *cursor + 1;
    char *field = arena_alloc(arena, strlen(at) + 1);
    size_t used = 0;
    for (; *at != '\0'; at++) {
        if (*at == '"' && *++at != '"')
            break;
        field[used++] = *at;
    }
    const char *end = strchr(at, ',');
    *cursor = end == NULL ? NULL : end + 1;
    return field;
}

/* File systems whose content the kernel makes up: nothing in them needs to be executed, to be a
 * device or to change the user. */
static bool is_kernel_made(const char *type)
{
    static const char *const types[] = {"tmpfs", "proc", "sysfs", "mqueue", "cgroup", "cgroup2"};
    return is_one_of(type, types, COUNT(types));
}

static int finish_mount(struct draft *draft, struct fail *fail)
{
    struct spec_mount *mount = &draft->mount;
    if (mount->destination == NULL)
        return fail_set(fail, "it has no destination (dst=...)");
    if (mount->type == NULL && mount->source == NULL)
        return fail_set(fail, "it has neither type nor source");
    if (mount->type == NULL)
        mount->type = "bind";
    if (strcmp(mount->type, "bind") == 0)
        return finish_bind(mount, draft->arena, fail);

    struct spec_mount whole = *mount;
    whole.options = NULL;
    whole.option_count = 0;
    if (is_kernel_made(mount->type))
        add_careful_options(&whole, draft->arena);
    for (size_t i = 0; i < mount->option_count; i++)
        add_option(&whole, draft->arena, mount->options[i]);
    if (whole.source == NULL)
        whole.source = whole.type;
    *mount = whole;
    return 0;
}

int parse_mount(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                struct fail *fail)
{
    struct draft draft = {.arena = arena};
    const char *cursor = text;
    for (char *field; (field = next_field(arena, &cursor)) != NULL;)
        if (take_field(&draft, field, fail) < 0)
            return fail_context(fail, "\"%.200s\"", text);
    if (finish_mount(&draft, fail) < 0)
        return fail_context(fail, "\"%.200s\"", text);
    *ret_mount = draft.mount;
    return 0;
}
