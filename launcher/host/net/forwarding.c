#include "forwarding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 128 };

#define IP4_FORWARD "/proc/sys/net/ipv4/ip_forward"
#define IP6_FORWARD "/proc/sys/net/ipv6/conf/all/forwarding"
#define IP6_LINKS "/proc/sys/net/ipv6/conf"

/* A switch is one digit. Errors: negative errno without a sentence. */
static int read_switch(const char *path)
{
    char digit = 0;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (read(fd, &digit, 1) != 1)
        return -EIO;
    return digit - '0';
}

static int write_switch(const char *path, const char *digit, struct fail *fail)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, digit, 1) == 1)
        return 0;
    (void)fail_sys(fail, "writing %s to %s", digit, path);
    return fail->code == -EROFS
               ? fail_hint(fail, "/proc/sys is read-only here, as in most containers: set it on "
                                 "the host, or run with --net none")
               : fail->code;
}

bool forwarding_has_ip6(void)
{
    return read_switch("/proc/sys/net/ipv6/conf/all/disable_ipv6") == 0 &&
           read_switch("/proc/sys/net/ipv6/conf/default/disable_ipv6") == 0;
}

bool forwarding_is_on(bool ip6)
{
    return read_switch(IP4_FORWARD) == 1 && (!ip6 || read_switch(IP6_FORWARD) == 1);
}

/* With 1, a link takes a router's advertisements only as long as this host is none itself. */
static int keep_router(const char *link, struct fail *fail)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), IP6_LINKS "/%s/accept_ra", link);
    if (length < 0 || (size_t)length >= sizeof(path) || read_switch(path) != 1)
        return 0;
    return write_switch(path, "2", fail);
}

static int keep_routers(struct fail *fail)
{
    DIR *links = opendir(IP6_LINKS);
    if (links == NULL)
        return fail_sys(fail, "opening " IP6_LINKS);
    int result = 0;
    for (const struct dirent *entry; result >= 0 && (entry = readdir(links)) != NULL;)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "all") != 0 &&
            strcmp(entry->d_name, "default") != 0 && strcmp(entry->d_name, "lo") != 0)
            result = keep_router(entry->d_name, fail);
    (void)closedir(links); /* it was only read */
    return result;
}

static int enable(const char *path, int *ret_before, struct fail *fail)
{
    *ret_before = read_switch(path);
    if (*ret_before < 0)
        return fail_code(fail, *ret_before, "reading %s", path);
    return *ret_before == 1 ? 0 : write_switch(path, "1", fail);
}

int forwarding_enable(bool ip6, int ret_before[2], struct fail *fail)
{
    ret_before[0] = ret_before[1] = -1;
    TRY(enable(IP4_FORWARD, &ret_before[0], fail));
    if (!ip6)
        return 0;
    if (read_switch(IP6_FORWARD) != 1)
        TRY(keep_routers(fail));
    return enable(IP6_FORWARD, &ret_before[1], fail);
}

int forwarding_route_localnet(const char *link, struct fail *fail)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/route_localnet", link);
    return read_switch(path) == 1 ? 0 : write_switch(path, "1", fail);
}

/* Of IPv6, and of no matter if it can't be had. */
static void try_switch(const char *link, const char *name, const char *digit)
{
    char path[PATH_SIZE];
    struct fail refused = {0};
    (void)snprintf(path, sizeof(path), IP6_LINKS "/%s/%s", link, name);
    if (write_switch(path, digit, &refused) < 0)
        return;
}

void forwarding_drop_ip6(const char *link)
{
    try_switch(link, "disable_ipv6", "1");
}

void forwarding_quieten(const char *link)
{
    try_switch(link, "accept_ra", "0");
    try_switch(link, "dad_transmits", "0");
    try_switch(link, "addr_gen_mode", "1"); /* none: network.c gives it one */
}
