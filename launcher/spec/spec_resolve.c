#include "spec_resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <termios.h>

#include "../host/net/resolver.h"
#include "../host/state_root.h"
#include "container_name.h"
#include "environment.h"
#include "name_mounts.h"
#include "parse.h"
#include "resolve_disk.h"
#include "resolve_host.h"
#include "resolve_joined.h"
#include "resolve_network.h"
#include "resolve_user.h"
#include "spec_defaults.h"
#include "spec_names.h"
#include "wishes.h"

/* ---- namespaces ---- */

static bool namespace_default(enum namespace_type type, const struct host *host)
{
    if (type == NS_USER)
        return !host->privileged;
    return type != NS_TIME; /* its clocks would be equal to the host's anyway, time_namespaces(7) */
}

static int decide_namespaces(struct spec *spec, const struct run_options *options,
                             const struct host *host, struct arena *arena, struct fail *fail)
{
    for (unsigned type = 0; type < NS_COUNT; type++) {
        enum wish wish = options->namespaces[type];
        bool wanted = wish == WISH_AUTO ? namespace_default((enum namespace_type)type, host)
                                        : wish == WISH_YES;
        spec->namespaces[type].create = wanted && spec->namespaces[type].path == NULL;
        if (type != NS_NET) /* looked at when it is opened */
            TRY(resolve_joined((enum namespace_type)type, &spec->namespaces[type], fail));
    }
    bool user = spec->namespaces[NS_USER].create || spec->namespaces[NS_USER].path != NULL;
    /* "exactly these" of a caller without privileges can't do without a user namespace */
    if (!host->privileged && !user) {
        int code = fail_set(fail, "a container without a user namespace needs root "
                                  "with CAP_SYS_ADMIN");
        (void)fail_hint(fail, "run launcher as root, or add user to --ns");
        return code;
    }
    spec->privileged = host->privileged;
    spec->cgroup.of_user = host->uid != 0 || host->in_user_namespace;
    spec->in_user_namespace = host->in_user_namespace || user;
    spec->deny_setgroups = host->setgroups_denied;
    return resolve_network(spec, options, host, arena, fail);
}

/* Root maps every id that it has to itself. Anybody else may map one only, his own, and must give
 * setgroups(2) up first: dropping a group could open files to him that deny that group. */
static int map_ids(struct spec *spec, struct host *host, struct arena *arena, struct fail *fail)
{
    if (!spec->namespaces[NS_USER].create)
        return 0;
    if (!host->privileged) {
        spec->deny_setgroups = true;
        *ARENA_APPEND(arena, spec->uid_mappings, spec->uid_mapping_count) =
            (struct spec_id_mapping){.host_id = host->uid, .size = 1};
        *ARENA_APPEND(arena, spec->gid_mappings, spec->gid_mapping_count) =
            (struct spec_id_mapping){.host_id = host->gid, .size = 1};
        return 0;
    }
    TRY(read_host_uids(arena, host, fail));
    for (size_t i = 0; i < host->uid_count; i++)
        *ARENA_APPEND(arena, spec->uid_mappings, spec->uid_mapping_count) =
            (struct spec_id_mapping){host->uids[i].container_id, host->uids[i].container_id,
                                     host->uids[i].size};
    for (size_t i = 0; i < host->gid_count; i++)
        *ARENA_APPEND(arena, spec->gid_mappings, spec->gid_mapping_count) =
            (struct spec_id_mapping){host->gids[i].container_id, host->gids[i].container_id,
                                     host->gids[i].size};
    return 0;
}

/* devpts takes gid=5 only when that group exists for whoever mounts it. */
static bool tty_group_exists(const struct spec *spec, const struct host *host)
{
    bool own = spec->namespaces[NS_USER].create;
    const struct spec_id_mapping *rows = own ? spec->gid_mappings : host->gids;
    size_t count = own ? spec->gid_mapping_count : host->gid_count;
    for (size_t i = 0; i < count; i++)
        if (UINT32_C(5) - rows[i].container_id < rows[i].size)
            return true;
    return false;
}

/* ---- paths of the host ---- */

static int make_absolute(const char *path, struct arena *arena, const char **ret_path,
                         struct fail *fail)
{
    char cwd[PATH_MAX] = "";
    if (has_control_characters(path))
        return fail_set(fail, "the path \"%.200s\" contains control characters", path);
    if (path[0] != '/' && (getcwd(cwd, sizeof(cwd)) == NULL || cwd[0] != '/')) {
        int code =
            fail_set(fail, "the working directory can't be named, so neither can %.200s", path);
        (void)fail_hint(fail, "give the path from / on");
        return code;
    }
    *ret_path = tidy_path(arena_printf(arena, "%s/%s", cwd, path));
    return 0;
}

static int rootfs_missing(const char *path, struct fail *fail)
{
    int code = 0;
    int reason = errno;
    switch (reason) {
    case ENOENT:
        code = fail_set(fail, "the root file system %.300s does not exist", path);
        (void)fail_hint(fail, "rootfs-build/build.sh DIR makes one");
        return code;
    case ENOTDIR:
        code = fail_set(fail, "the root file system %.300s is not a directory", path);
        (void)fail_hint(fail, "an archive can be unpacked with rootfs-build/build.sh --from-tar");
        return code;
    case EACCES:
        code = fail_set(fail, "the root file system %.300s can't be read by user %u", path,
                        (unsigned)geteuid());
        (void)fail_hint(fail, "every directory up to it needs the x permission for this user");
        return code;
    default:
        return fail_code(fail, -reason, "opening the root file system %.300s", path);
    }
}

static int open_root(struct spec *spec, struct arena *arena, int *ret_fd, struct fail *fail)
{
    if (spec->root.path == NULL) {
        int code = fail_set(fail, "no root file system given");
        (void)fail_hint(fail, "--rootfs DIR; rootfs-build/build.sh DIR makes one");
        return code;
    }
    TRY(make_absolute(spec->root.path, arena, &spec->root.path, fail));
    AUTO_FD int fd = open(spec->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
        return rootfs_missing(spec->root.path, fail);
    *ret_fd = take_fd(&fd);
    return 0;
}

static int resolve_sources(struct spec *spec, struct arena *arena, struct fail *fail)
{
    for (size_t i = 0; i < spec->mount_count; i++) {
        struct spec_mount *mount = &spec->mounts[i];
        struct stat status;
        if (strcmp(mount->type, "bind") != 0)
            continue;
        TRY(make_absolute(mount->source, arena, &mount->source, fail));
        if (stat(mount->source, &status) == 0)
            continue;
        int code =
            fail_sys(fail, "%.200s, to be mounted on %.100s", mount->source, mount->destination);
        if (code == -ENOENT)
            (void)fail_hint(fail, "the source of a bind mount must exist: mkdir -p makes it");
        return code;
    }
    return 0;
}

/* A monitor writes it, from another directory, and once for each restart. */
static int resolve_report(struct spec *spec, const struct run_options *options, struct arena *arena,
                          struct fail *fail)
{
    if (!options->detach.wanted || spec->report == NULL)
        return 0;
    if (spec->report[strspn(spec->report, "0123456789")] != '\0')
        return make_absolute(spec->report, arena, &spec->report, fail);
    (void)fail_set(fail, "option --report: a detached container has no descriptor of the caller's");
    return fail_hint(fail, "name a file; launcher inspect shows the report too");
}

static int resolve_device(struct spec_device *device, struct arena *arena, struct fail *fail)
{
    struct stat status;
    TRY(make_absolute(device->source, arena, &device->source, fail));
    if (stat(device->source, &status) < 0)
        return fail_sys(fail, "option --device: %.200s", device->source);
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
        return fail_set(fail, "option --device: %.200s is not a device", device->source);
    device->type = S_ISCHR(status.st_mode) ? 'c' : 'b';
    device->major = major(status.st_rdev);
    device->minor = minor(status.st_rdev);
    device->mode = status.st_mode & 0777;
    device->uid = status.st_uid;
    device->gid = status.st_gid;
    return 0;
}

static int resolve_devices(struct spec *spec, struct arena *arena, struct fail *fail)
{
    for (size_t i = 0; i < spec->device_count; i++)
        TRY(resolve_device(&spec->devices[i], arena, fail));
    default_devices(spec, arena);
    return 0;
}

static int resolve_disks(struct spec_resources *resources, struct fail *fail)
{
    for (size_t i = 0; i < resources->io_device_count; i++)
        TRY(resolve_disk(&resources->io_devices[i], fail));
    return 0;
}

/* ---- process ---- */

static uint64_t asked_capabilities(const struct run_options *options)
{
    uint64_t set = options->add_all_capabilities    ? all_capabilities()
                   : options->drop_all_capabilities ? 0
                                                    : default_capabilities();
    return (set | options->capabilities_added) & ~options->capabilities_dropped;
}

/* Nobody can give what he lacks, execve(2) least of all. The creator of a user namespace has them
 * all in there. A default one that is missing is left out, one asked for by name is an error. */
static int decide_capabilities(struct spec *spec, const struct run_options *options,
                               const struct host *host, struct fail *fail)
{
    bool own = spec->namespaces[NS_USER].create || spec->namespaces[NS_USER].path != NULL;
    uint64_t available = own ? all_capabilities() : host->capabilities;
    uint64_t set = asked_capabilities(options);
    uint64_t missing = set & options->capabilities_added & ~available;
    if (missing != 0) {
        char name[32];
        return fail_set(fail, "launcher itself lacks %s, so the container can't have it",
                        capability_label((unsigned)__builtin_ctzll(missing), name, sizeof(name)));
    }
    set &= available;
    /* Without the default policy nothing keeps a node from reaching any device of the host. */
    if (spec->seccomp != SECCOMP_DEFAULT_POLICY && !options->add_all_capabilities)
        set &= ~(UINT64_C(1) << CAP_MKNOD) | options->capabilities_added;
    spec->process.capabilities.bounding = set;
    /* what execve(2) leaves to a user other than root */
    bool root = spec->process.user.uid == 0;
    spec->process.capabilities.permitted = root ? set : 0;
    spec->process.capabilities.effective = root ? set : 0;
    return 0;
}

static void decide_terminal(struct spec *spec, const struct run_options *options)
{
    struct winsize size = {.ws_row = 0};
    bool in = ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0; /* ENOTTY tells what isatty(3) would */
    bool out = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    bool here = in && out && !options->detach.wanted;
    bool terminal = options->terminal == WISH_AUTO ? here : options->terminal == WISH_YES;
    spec->process.terminal = terminal;
    if (size.ws_row == 0 && size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80}; /* until somebody attaches */
    spec->process.rows = terminal ? size.ws_row : 0;
    spec->process.columns = terminal ? size.ws_col : 0;
}

static const char *terminal_type(void)
{
    const char *type = getenv("TERM");
    return type == NULL || *type == '\0' || has_control_characters(type) ? "xterm" : type;
}

static void add_default_environment(struct spec *spec, struct environment *environment,
                                    const char *home, struct arena *arena)
{
    struct utsname host;
    const char *name = spec->hostname;
    if (name == NULL && uname(&host) == 0)
        name = host.nodename;
    environment_set(environment, arena,
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment_set(environment, arena, arena_printf(arena, "HOME=%s", home));
    if (spec->process.terminal)
        environment_set(environment, arena, arena_printf(arena, "TERM=%s", terminal_type()));
    if (name != NULL)
        environment_set(environment, arena, arena_printf(arena, "HOSTNAME=%s", name));
    environment_set(environment, arena, "container=launcher"); /* systemd's CONTAINER_INTERFACE */
}

static void decide_environment(struct spec *spec, const struct run_options *options,
                               const char *home, struct arena *arena)
{
    struct environment environment = {.count = 0};
    if (!options->clear_environment)
        add_default_environment(spec, &environment, home, arena);
    for (size_t i = 0; i < options->file_environment_count; i++)
        environment_set(&environment, arena, options->file_environment[i]);
    for (size_t i = 0; i < options->environment_count; i++)
        environment_set(&environment, arena, options->environment[i]);
    spec->process.environment = environment.entries;
    spec->process.environment_count = environment.count;
}

/* ---- the container ---- */

static int decide_names(struct spec *spec, struct arena *arena, struct fail *fail)
{
    spec->hostname_chosen = spec->hostname != NULL;
    if (spec->hostname == NULL && spec->namespaces[NS_UTS].create)
        spec->hostname = "container";
    return spec->id != NULL ? 0 : container_name(arena, &spec->id, fail);
}

/* A namespace that is joined by its path alone may be anywhere: nothing is known of its servers. */
static bool has_names(const struct spec_network *network)
{
    bool asked =
        network->dns_server_count + network->dns_search_count + network->dns_option_count > 0;
    switch (network->mode) {
    case NET_BRIDGE:
    case NET_PASTA:
    case NET_HOST:
        return true;
    case NET_JOIN:
        return asked || (network->hosts_file != NULL && network->resolv_conf == NULL);
    case NET_NONE:
        break;
    }
    return asked;
}

static int decide_resolver(struct spec *spec, struct arena *arena, struct fail *fail)
{
    struct spec_network *network = &spec->network;
    struct resolver resolver;
    if (!has_names(network))
        return 0;
    TRY(resolver_decide(network, "", arena, &resolver, fail));
    network->resolv_conf = resolver.path;
    network->resolv_text = resolver.text;
    network->resolv_warning = resolver.warning;
    network->resolv_hint = resolver.hint;
    return 0;
}

int spec_resolve(struct spec *spec, const struct run_options *options, struct arena *arena,
                 struct fail *fail)
{
    struct host host;
    const char *home = NULL;
    AUTO_FD int root_fd = -1;
    TRY(read_host(arena, &host, fail));
    TRY(decide_namespaces(spec, options, &host, arena, fail));
    TRY(map_ids(spec, &host, arena, fail));
    TRY(decide_names(spec, arena, fail));

    TRY(open_root(spec, arena, &root_fd, fail));
    TRY(resolve_sources(spec, arena, fail));
    default_mounts(spec, tty_group_exists(spec, &host), arena);
    TRY(decide_resolver(spec, arena, fail));
    add_name_mounts(spec, root_fd, state_root(arena), arena);
    TRY(resolve_devices(spec, arena, fail));
    TRY(resolve_disks(&spec->resources, fail));
    default_paths(spec, options->unmasked_paths, options->unmasked_path_count, arena);

    TRY(resolve_user(spec, options, root_fd, arena, &home, fail));
    TRY(decide_capabilities(spec, options, &host, fail));
    TRY(resolve_report(spec, options, arena, fail));
    decide_terminal(spec, options);
    decide_environment(spec, options, home, arena);
    return 0;
}
