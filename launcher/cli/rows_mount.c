#include <string.h>

#include "../spec/mount_text.h"
#include "../spec/parse.h"
#include "../spec/resource_text.h"
#include "../spec/spec_names.h"
#include "run_rows.h"

static void add_mount(struct run_context *run, struct spec_mount mount)
{
    *ARENA_APPEND(run->arena, run->spec->mounts, run->spec->mount_count) = mount;
}

static int take_volume(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_mount mount;
    TRY(parse_volume(value, run->arena, &mount, fail));
    add_mount(run, mount);
    return 0;
}

static int take_tmpfs(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_mount mount;
    TRY(parse_tmpfs(value, run->arena, &mount, fail));
    add_mount(run, mount);
    return 0;
}

static int take_mount(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    struct spec_mount mount;
    TRY(parse_mount(value, run->arena, &mount, fail));
    add_mount(run, mount);
    return 0;
}

static int take_read_only(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    (void)value, (void)fail;
    run->spec->root.readonly = true;
    return 0;
}

static int take_device(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *cursor = value;
    const char *source = next_piece(run->arena, &cursor, ':');
    const char *second = next_piece(run->arena, &cursor, ':');
    const char *third = next_piece(run->arena, &cursor, ':');
    if (cursor != NULL || *source == '\0')
        return fail_set(fail, "\"%.200s\" is not SRC[:DST[:rwm]]", value);
    bool second_is_path = second != NULL && *second == '/';
    const char *rights = third != NULL ? third : second_is_path ? NULL : second;
    if (rights != NULL)
        TRY(check_device_access(rights, fail));

    struct spec_device device = {.source = source, .access = rights};
    const char *path = second_is_path || third != NULL ? second : source;
    TRY(parse_container_path(path, run->arena, &device.path, fail));
    *ARENA_APPEND(run->arena, run->spec->devices, run->spec->device_count) = device;
    return 0;
}

static int take_mask(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *path = NULL;
    TRY(parse_container_path(value, run->arena, &path, fail));
    *ARENA_APPEND(run->arena, run->spec->masked_paths, run->spec->masked_path_count) = path;
    return 0;
}

static int take_unmask(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *path = value;
    if (strcmp(value, "all") != 0)
        TRY(parse_container_path(value, run->arena, &path, fail));
    *ARENA_APPEND(run->arena, run->options->unmasked_paths, run->options->unmasked_path_count) =
        path;
    return 0;
}

static int take_readonly_path(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const char *path = NULL;
    TRY(parse_container_path(value, run->arena, &path, fail));
    *ARENA_APPEND(run->arena, run->spec->readonly_paths, run->spec->readonly_path_count) = path;
    return 0;
}

static int take_propagation(void *context, const char *value, struct fail *fail)
{
    struct run_context *run = context;
    const struct named_number *row = name_find(&propagation_names, value);
    if (row == NULL)
        return fail_set(fail, "\"%.60s\" is none of private, slave and shared", value);
    run->spec->root.propagation = (uint64_t)row->number;
    return 0;
}

/* docs/decisions/002-dash-v.md: -v is a volume when a SRC:DST follows, else --verbose. */
static bool looks_like_volume(const char *word)
{
    return *word != '-' && strchr(word, ':') != NULL;
}

static const struct option_row rows[] = {
    {.name = "volume",
     .letter = 'v',
     .value = "SRC:DST[:OPTS]",
     .handle = take_volume,
     .letter_fits = looks_like_volume,
     .help = "bind-mount SRC of the host; ro, rro, nosuid ..."},
    {.name = "tmpfs",
     .value = "DST[:OPTS]",
     .handle = take_tmpfs,
     .help = "an empty file system in memory; size=, mode= ..."},
    {.name = "mount",
     .value = "KEY=VALUE,...",
     .handle = take_mount,
     .help = "type=bind|tmpfs|proc|..., src=, dst=, ro ..., as docker's"},
    {.name = "read-only", .handle = take_read_only, .help = "make the root file system read-only"},
    {.name = "device",
     .value = "SRC[:DST[:rwm]]",
     .handle = take_device,
     .help = "give the container a device of the host"},
    {.name = "mask",
     .value = "PATH",
     .handle = take_mask,
     .help = "hide PATH behind an empty file or directory"},
    {.name = "unmask",
     .value = "PATH|all",
     .handle = take_unmask,
     .help = "neither hide nor protect PATH, one of the default ones"},
    {.name = "readonly-path",
     .value = "PATH",
     .handle = take_readonly_path,
     .help = "make PATH read-only"},
    {.name = "propagation",
     .value = "TYPE",
     .handle = take_propagation,
     .help = "of the root mount: private (default), slave or shared"},
};
const struct option_section mount_section = SECTION("File systems", rows);
