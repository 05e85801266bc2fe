/* config_tables.h - PURE: the tables of config.json, one file an area. Used by config.c. */
#ifndef LAUNCHER_CONFIG_TABLES_H
#define LAUNCHER_CONFIG_TABLES_H

#include "config_table.h"
#include "spec_names.h"

extern const struct config_table process_config;    /* config_process.c: struct spec_process */
extern const struct config_table root_config;       /* config_mounts.c: struct spec_root */
extern const struct config_table mount_config;      /* config_mounts.c: struct spec_mount */
extern const struct config_table id_mapping_config; /* config_mounts.c: struct spec_id_mapping */
extern const struct config_table hooks_config;      /* config_hooks.c: struct spec_oci */
extern const struct config_table linux_config;      /* config_linux.c: struct spec */
extern const struct config_table resources_config;  /* config_resources.c: struct spec_resources */
extern const struct config_table seccomp_config;    /* config_seccomp.c: struct spec_seccomp */
extern const struct config_table seccomp_file_config; /* the same: struct seccomp_file */

/* What is to be checked when all of a profile is known. */
MUST_CHECK int config_finish_seccomp(struct spec_seccomp *profile, struct fail *fail);

/* ---- config_words.c ---- */

/* The words of one field of config.json and what the kernel takes for them. */
struct config_word {
    const char *word;
    int64_t number;
};

/* Finds `word`, exactly as it is written. Error: it is none of them, with the nearest as the hint. */
MUST_CHECK int config_word_find(const struct config_word *words, size_t count, const char *word,
                                int64_t *ret_number, struct fail *fail);

#define CONFIG_WORD_FIND(words, word, ret_number, fail) \
    config_word_find((words), sizeof(words) / sizeof((words)[0]), (word), (ret_number), (fail))

/* A handler: the text may hold no control characters, for it becomes a line or a name somewhere. */
config_handler config_check_text;

/* A handler: the text is a list of CPUs, or of memory nodes: "0-3,8". */
config_handler config_check_cpu_list;

#endif
