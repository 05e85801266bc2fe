/* command_line.h - a spec from a command line, and the root file system that it is resolved against. */
#ifndef TESTS_COMMAND_LINE_H
#define TESTS_COMMAND_LINE_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../launcher/cli/run_options.h"
#include "../../launcher/spec/spec_resolve.h"
#include "../../launcher/spec/spec_validate.h"
#include "tap.h"

enum { WORDS_MAX = 48 };

struct parsed {
    struct arena arena;
    struct spec spec;
    struct fail fail;
    int result;
};

/* The line follows "--rootfs ROOT"; it is cut at blanks. */
static inline struct parsed run(const char *root, const char *line)
{
    struct parsed parsed = {0};
    struct run_options options;
    char *words[WORDS_MAX] = {arena_strdup(&parsed.arena, "--rootfs"),
                              arena_strdup(&parsed.arena, root)};
    int count = 2;
    for (char *word = strtok(arena_strdup(&parsed.arena, line), " ");
         word != NULL && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    char **argv = (char **)(void *)arena_copy(&parsed.arena, words, sizeof(words));
    parsed.result =
        run_options_parse(count, argv, &parsed.arena, &options, &parsed.spec, &parsed.fail);
    if (parsed.result == 0)
        parsed.result = spec_resolve(&parsed.spec, &options, &parsed.arena, &parsed.fail);
    if (parsed.result == 0)
        parsed.result = spec_validate(&parsed.spec, &parsed.fail);
    return parsed;
}

static inline void write_file(const char *root, const char *name, const char *text)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    (void)fputs(text, file);
    (void)fclose(file);
}

static inline void make_root(char *root)
{
    char etc[200], bin[220];
    if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
        exit(1);
    (void)snprintf(etc, sizeof(etc), "%s/etc", root);
    if (mkdir(etc, 0755) < 0)
        exit(1);
    write_file(root, "etc/passwd",
               "root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n"
               "bad:x:0x0:0::/:/bin/sh\n");
    write_file(root, "etc/group", "root:x:0:root\nwheel:x:10:root,web\nwww:x:33:\n");
    write_file(root, "file", "");
    (void)snprintf(bin, sizeof(bin), "%s/bin", root);
    if (mkdir(bin, 0755) < 0)
        exit(1);
    write_file(root, "bin/pasta", "");
    (void)snprintf(bin, sizeof(bin), "%s/bin/pasta", root);
    if (chmod(bin, 0755) < 0)
        exit(1);
}

static inline void remove_root(const char *root)
{
    static const char *const names[] = {
        "bin/pasta", "bin",  "etc/passwd",      "etc/group", "etc",  "file", "pipe/etc/passwd",
        "pipe/etc",  "pipe", "link/etc/passwd", "link/etc",  "link", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s/%s", root, names[i]);
        (void)remove(path); /* those that a test did not make are not there */
    }
}

#endif
