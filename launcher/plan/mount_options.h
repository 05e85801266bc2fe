/* mount_options.h - PURE: the words of fstab(5) and mount(8) as mount_setattr(2) sees them. */
#ifndef LAUNCHER_MOUNT_OPTIONS_H
#define LAUNCHER_MOUNT_OPTIONS_H

#include "../spec/spec.h"

struct mount_options {
    uint64_t attr_set, attr_clear; /* MOUNT_ATTR_* */
    uint64_t propagation;          /* MS_PRIVATE ..., or 0 */
    bool recursive;                /* rbind: the mounts below the source come along */
    bool remount;                  /* no new mount: the attributes of the one that is there */
    bool attr_recursive;           /* rro, rnosuid ...: and get the same attributes */
    bool idmap, idmap_recursive;   /* the ids of the files are mapped, mount_setattr(2) */
    bool copy_up;                  /* tmpcopyup: a tmpfs begins with what lies below it */
    const char **pairs;            /* key, value (NULL for a flag), key, value ...: the rest */
    size_t pair_count;             /* entries of `pairs`, twice the number of options */
};

/* Sorts the options of a mount into attributes and file system options. */
struct mount_options mount_options_sort(const struct spec_mount *mount, struct arena *arena);

#endif
