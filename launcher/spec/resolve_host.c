#include "resolve_host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

#include "parse.h"

enum { ID_MAP_MAX = 340 * 40 }; /* the kernel takes at most 340 lines a map */

static int read_capabilities(struct host *host, uint64_t *ret_effective, struct fail *fail)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0)
        return fail_sys(fail, "reading launcher's own capabilities");
    host->capabilities = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *ret_effective = data[0].effective | (uint64_t)data[1].effective << 32;
    return 0;
}

static int read_id_map(const char *path, struct arena *arena, struct spec_id_mapping **ret_rows,
                       size_t *ret_count, struct fail *fail)
{
    static const char everything[] = "0 0 4294967295\n";
    char text[ID_MAP_MAX + 1];
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return parse_id_map(everything, arena, ret_rows, ret_count, fail);
    if (fd < 0)
        return fail_sys(fail, "opening %s", path);
    ssize_t size = read(fd, text, ID_MAP_MAX); /* such a file is read in one go */
    if (size < 0)
        return fail_sys(fail, "reading %s", path);
    text[size] = '\0';
    if (parse_id_map(text, arena, ret_rows, ret_count, fail) < 0)
        return fail_context(fail, "reading %s", path);
    return 0;
}

/* The first user namespace is the one that has all ids. */
static bool has_all_ids(const struct host *host)
{
    return host->gid_count == 1 && host->gids[0].container_id == 0 &&
           host->gids[0].size == UINT32_MAX;
}

static bool is_setgroups_denied(void)
{
    char text[8] = "";
    AUTO_FD int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    return size > 0 && strncmp(text, "deny", 4) == 0;
}

int read_host(struct arena *arena, struct host *ret_host, struct fail *fail)
{
    struct host host = {.uid = geteuid(), .gid = getegid()};
    uint64_t effective = 0;
    TRY(read_capabilities(&host, &effective, fail));
    host.privileged = host.uid == 0 && (effective >> CAP_SYS_ADMIN & 1) != 0;
    TRY(read_id_map("/proc/self/gid_map", arena, &host.gids, &host.gid_count, fail));
    host.in_user_namespace = !has_all_ids(&host);
    host.setgroups_denied = host.in_user_namespace && is_setgroups_denied();
    *ret_host = host;
    return 0;
}

int read_host_uids(struct arena *arena, struct host *host, struct fail *fail)
{
    return read_id_map("/proc/self/uid_map", arena, &host->uids, &host->uid_count, fail);
}
