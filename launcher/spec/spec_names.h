/* spec_names.h - the words of the field and the kernel's numbers, for parser and printer alike. */
#ifndef LAUNCHER_SPEC_NAMES_H
#define LAUNCHER_SPEC_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "spec.h"

struct named_number {
    const char *name;
    int64_t number;
    const char *oci; /* the word in config.json, NULL: the same */
};

struct name_table {
    const struct named_number *rows;
    size_t count;
};

extern const struct name_table rlimit_names;      /* RLIMIT_*, getrlimit(2) */
extern const struct name_table scheduler_names;   /* SCHED_*, sched(7) */
extern const struct name_table io_class_names;    /* IOPRIO_CLASS_*, ioprio_set(2) */
extern const struct name_table personality_names; /* personality(2) */
extern const struct name_table propagation_names; /* MS_*, mount_namespaces(7) */

/* The row of that name (in any case), or the first of that number; NULL when there is none. A
 * number may have several names: the first is the one that is printed. */
const struct named_number *name_find(const struct name_table *table, const char *name);
const struct named_number *number_find(const struct name_table *table, int64_t number);

/* The namespace's name in config.json: "network" for net, "mount" for mnt. */
const char *namespace_oci_name(enum namespace_type type);

/* Finds a namespace by its name, either spelling. Returns NS_COUNT when there is none. */
enum namespace_type namespace_find(const char *name);

/* What --seccomp was given: default, unconfined or a file. */
const char *seccomp_text(const struct spec *spec);

/* The number of a capability named with or without CAP_, in any case; -1: there is none. */
int capability_find(const char *name);

/* "CAP_CHOWN" into `buffer`. */
const char *capability_label(unsigned capability, char *buffer, size_t size);

#endif
