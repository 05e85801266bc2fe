#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../shared/fully.h"
#include "../host/seccomp_cache.h"
#include "../host/seccomp_profile.h"
#include "../host/state_root.h"
#include "container_name.h"
#include "parse.h"
#include "seccomp_file.h"
#include "spec_validate.h"

/* ---- the file ---- */

/* O_NONBLOCK: a FIFO in its place is to be refused, not waited for. */
static int open_file(const char *path, int *ret_fd, off_t *ret_size, struct fail *fail)
{
    struct stat status;
    AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening %.300s", path);
    if (!S_ISREG(status.st_mode))
        return fail_set(fail, "%.300s is no regular file", path);
    if (status.st_size > CONFIG_SIZE_MAX)
        return fail_set(fail, "%.300s is larger than 16 MiB", path);
    *ret_size = status.st_size;
    *ret_fd = take_fd(&fd);
    return 0;
}

static int read_file(const char *path, struct arena *arena, const char **ret_text, size_t *ret_size,
                     struct fail *fail)
{
    AUTO_FD int fd = -1;
    off_t size = 0;
    TRY(open_file(path, &fd, &size, fail));
    char *text = arena_alloc(arena, (size_t)size + 1);
    ssize_t got = read_fully(fd, text, (size_t)size);
    if (got < 0)
        return fail_sys(fail, "reading %.300s", path);
    *ret_text = text;
    *ret_size = (size_t)got;
    return 0;
}

int bundle_read_config(const char *directory, struct arena *arena, const char **ret_text,
                       size_t *ret_size, struct fail *fail)
{
    const char *path = arena_printf(arena, "%s/config.json", directory);
    int result = read_file(path, arena, ret_text, ret_size, fail);
    if (result == -ENOENT)
        (void)fail_hint(fail, "a bundle is a directory with a config.json in it: launcher spec "
                              "writes one");
    return result;
}

/* ---- the bundle ---- */

static int find_bundle(const char *directory, struct arena *arena, const char **ret_directory,
                       struct fail *fail)
{
    char path[PATH_MAX];
    if (has_control_characters(directory))
        return fail_set(fail, "the path of the bundle contains control characters");
    if (realpath(directory, path) == NULL)
        return fail_sys(fail, "finding the bundle %.300s", directory);
    *ret_directory = arena_strdup(arena, path);
    return 0;
}

static bool find_filter(const struct spec_seccomp *profile, struct arena *arena,
                        const struct sock_filter **ret_filter, size_t *ret_count)
{
    struct fail none = {.code = 0};
    AUTO_FD int root_fd = -1;
    return state_root_find(arena, &root_fd, &none) >= 0 &&
           seccomp_cache_find(root_fd, profile, arena, ret_filter, ret_count);
}

static int take_filter(struct spec *spec, struct arena *arena, struct config_notes *notes,
                       struct fail *fail)
{
    const struct sock_filter *filter = NULL;
    size_t count = 0;
    const struct spec_seccomp *profile = spec->oci.seccomp;
    if (profile == NULL)
        return 0;
    notes->filter_is_new = !find_filter(profile, arena, &filter, &count);
    if (notes->filter_is_new)
        TRY(seccomp_profile_compile(profile, arena, &filter, &count, fail));
    spec->seccomp_filter = filter;
    spec->seccomp_filter_size = count * sizeof(*filter);
    return 0;
}

int bundle_seccomp_file(struct spec *spec, struct arena *arena, struct config_notes *notes,
                        struct fail *fail)
{
    struct utsname kernel;
    const char *text = NULL;
    size_t size = 0;
    struct spec_seccomp *profile = arena_alloc(arena, sizeof(*profile));
    if (read_file(spec->seccomp_file, arena, &text, &size, fail) < 0)
        return fail_context(fail, "option --seccomp");
    if (uname(&kernel) < 0)
        return fail_sys(fail, "asking for the version of the kernel");
    const struct seccomp_circumstances circumstances = {
        .capabilities = spec->process.capabilities.bounding, .kernel = kernel.release};
    TRY(seccomp_file_read(spec->seccomp_file, text, size, &circumstances, arena, profile, fail));
    spec->oci.seccomp = profile;
    return take_filter(spec, arena, notes, fail);
}

int bundle_load(const char *directory, const char *id, enum cgroup_manager manager,
                struct arena *arena, struct spec *ret_spec, struct config_notes *ret_notes,
                struct fail *fail)
{
    const char *path = NULL, *text = NULL;
    size_t size = 0;
    TRY(find_bundle(directory, arena, &path, fail));
    TRY(bundle_read_config(path, arena, &text, &size, fail));
    TRY(config_read("config.json", text, size, arena, ret_spec, ret_notes, fail));
    ret_spec->cgroup.manager = manager;
    ret_spec->oci.bundle = path;
    ret_spec->oci.config = text;
    ret_spec->oci.config_size = size;
    ret_spec->id = id;
    if (id == NULL)
        TRY(container_name(arena, &ret_spec->id, fail));
    if (bundle_resolve(ret_spec, arena, ret_notes, fail) < 0 || spec_validate(ret_spec, fail) < 0 ||
        take_filter(ret_spec, arena, ret_notes, fail) < 0)
        return fail_context(fail, "config.json");
    return 0;
}

int bundle_recall(const char *directory, const char *id, const char *text, size_t size,
                  struct arena *arena, struct spec *ret_spec, struct fail *fail)
{
    struct config_notes notes = {.warnings = NULL};
    TRY(config_read("config.json", text, size, arena, ret_spec, &notes, fail));
    ret_spec->oci.bundle = directory;
    ret_spec->oci.config = text;
    ret_spec->oci.config_size = size;
    ret_spec->id = id;
    TRY(bundle_resolve_process(ret_spec, arena, &notes, fail));
    return take_filter(ret_spec, arena, &notes, fail);
}

void bundle_keep_filter(const struct spec *spec, struct arena *arena)
{
    struct fail none = {.code = 0};
    AUTO_FD int root_fd = -1;
    if (state_root_open(arena, &root_fd, &none) >= 0)
        seccomp_cache_keep(root_fd, spec->oci.seccomp, spec->seccomp_filter,
                           spec->seccomp_filter_size / sizeof(struct sock_filter), arena);
}
