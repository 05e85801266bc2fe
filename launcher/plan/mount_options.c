/* PURE: no system call is made in this file. */
#include "mount_options.h"

#include <linux/mount.h>
#include <string.h>

struct mount_word {
    const char *word;
    uint64_t set, clear, propagation;
    bool recursive, attr_recursive, remount, idmap, idmap_recursive, copy_up;
};

/* The access time modes are one field of several bits: to set one, all are cleared first. */
#define ATIME(mode) .set = (mode), .clear = MOUNT_ATTR__ATIME

static const struct mount_word WORDS[] = {
    {.word = "defaults"},
    {.word = "bind"},
    {"rbind", .recursive = true},
    {.word = "remount", .remount = true},
    {"ro", .set = MOUNT_ATTR_RDONLY},
    {"rw", .clear = MOUNT_ATTR_RDONLY},
    {"nosuid", .set = MOUNT_ATTR_NOSUID},
    {"suid", .clear = MOUNT_ATTR_NOSUID},
    {"nodev", .set = MOUNT_ATTR_NODEV},
    {"dev", .clear = MOUNT_ATTR_NODEV},
    {"noexec", .set = MOUNT_ATTR_NOEXEC},
    {"exec", .clear = MOUNT_ATTR_NOEXEC},
    {"nodiratime", .set = MOUNT_ATTR_NODIRATIME},
    {"diratime", .clear = MOUNT_ATTR_NODIRATIME},
    {"nosymfollow", .set = MOUNT_ATTR_NOSYMFOLLOW},
    {"symfollow", .clear = MOUNT_ATTR_NOSYMFOLLOW},
    {"relatime", ATIME(MOUNT_ATTR_RELATIME)},
    {"noatime", ATIME(MOUNT_ATTR_NOATIME)},
    {"strictatime", ATIME(MOUNT_ATTR_STRICTATIME)},
    {"atime", ATIME(MOUNT_ATTR_RELATIME)}, /* what the kernel does by itself, as these: */
    {"norelatime", ATIME(MOUNT_ATTR_RELATIME)},
    {"nostrictatime", ATIME(MOUNT_ATTR_RELATIME)},
    {.word = "idmap", .idmap = true},
    {.word = "ridmap", .idmap = true, .idmap_recursive = true},
    {.word = "tmpcopyup", .copy_up = true},
    {.word = "silent"}, /* about messages of the kernel */
    {.word = "loud"},
    {"rro", .set = MOUNT_ATTR_RDONLY, .attr_recursive = true},
    {"rrw", .clear = MOUNT_ATTR_RDONLY, .attr_recursive = true},
    {"rnosuid", .set = MOUNT_ATTR_NOSUID, .attr_recursive = true},
    {"rsuid", .clear = MOUNT_ATTR_NOSUID, .attr_recursive = true},
    {"rnodev", .set = MOUNT_ATTR_NODEV, .attr_recursive = true},
    {"rdev", .clear = MOUNT_ATTR_NODEV, .attr_recursive = true},
    {"rnoexec", .set = MOUNT_ATTR_NOEXEC, .attr_recursive = true},
    {"rexec", .clear = MOUNT_ATTR_NOEXEC, .attr_recursive = true},
    {"rrelatime", ATIME(MOUNT_ATTR_RELATIME), .attr_recursive = true},
    {"rnoatime", ATIME(MOUNT_ATTR_NOATIME), .attr_recursive = true},
    {"rstrictatime", ATIME(MOUNT_ATTR_STRICTATIME), .attr_recursive = true},
    {"ratime", ATIME(MOUNT_ATTR_RELATIME), .attr_recursive = true},
    {"rnorelatime", ATIME(MOUNT_ATTR_RELATIME), .attr_recursive = true},
    {"rnostrictatime", ATIME(MOUNT_ATTR_RELATIME), .attr_recursive = true},
    {"rnodiratime", .set = MOUNT_ATTR_NODIRATIME, .attr_recursive = true},
    {"rdiratime", .clear = MOUNT_ATTR_NODIRATIME, .attr_recursive = true},
    {"rnosymfollow", .set = MOUNT_ATTR_NOSYMFOLLOW, .attr_recursive = true},
    {"rsymfollow", .clear = MOUNT_ATTR_NOSYMFOLLOW, .attr_recursive = true},
    {"private", .propagation = MS_PRIVATE},
    {"slave", .propagation = MS_SLAVE},
    {"shared", .propagation = MS_SHARED},
    {"unbindable", .propagation = MS_UNBINDABLE},
    {"rprivate", .propagation = MS_PRIVATE, .attr_recursive = true},
    {"rslave", .propagation = MS_SLAVE, .attr_recursive = true},
    {"rshared", .propagation = MS_SHARED, .attr_recursive = true},
    {"runbindable", .propagation = MS_UNBINDABLE, .attr_recursive = true},
};

static const struct mount_word *find_word(const char *option)
{
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
        if (strcmp(WORDS[i].word, option) == 0)
            return &WORDS[i];
    return NULL;
}

/* The last word wins: "ro,rw" is writable. */
static void apply_word(struct mount_options *options, const struct mount_word *word)
{
    options->attr_set = (options->attr_set & ~word->clear) | word->set;
    options->attr_clear = (options->attr_clear & ~word->set) | word->clear;
    options->recursive |= word->recursive;
    options->remount |= word->remount;
    options->idmap |= word->idmap;
    options->idmap_recursive |= word->idmap_recursive;
    options->copy_up |= word->copy_up;
    options->attr_recursive |= word->attr_recursive;
    if (word->propagation != 0)
        options->propagation = word->propagation;
}

static void add_pair(struct mount_options *options, const char *option, struct arena *arena)
{
    const char *equals = strchr(option, '=');
    const char *key = option;
    if (equals != NULL)
        key = arena_copy(arena, option, (size_t)(equals - option));
    *ARENA_APPEND(arena, options->pairs, options->pair_count) = key;
    *ARENA_APPEND(arena, options->pairs, options->pair_count) = equals != NULL ? equals + 1 : NULL;
}

struct mount_options mount_options_sort(const struct spec_mount *mount, struct arena *arena)
{
    struct mount_options options = {.idmap = mount->idmap.uid_count + mount->idmap.gid_count > 0};
    for (size_t i = 0; i < mount->option_count; i++) {
        const struct mount_word *word = find_word(mount->options[i]);
        if (word != NULL)
            apply_word(&options, word);
        else
            add_pair(&options, mount->options[i], arena);
    }
    return options;
}
