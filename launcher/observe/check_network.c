/* Checks: what networks are built from. Every child has a network namespace, and what it makes goes
 * with it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "../host/net/nft.h"
#include "check.h"

static int hint_for_module(const char *module, struct fail *fail)
{
    if (fail->code == -EOPNOTSUPP || fail->code == -EPROTONOSUPPORT || fail->code == -EINVAL ||
        fail->code == -ENOENT || fail->code == -ENODEV || fail->code == -ENXIO)
        return fail_hint(fail, "modprobe %s; the kernel may have been built without it", module);
    if (fail->code == -EPERM || fail->code == -EACCES)
        return fail_hint(fail, "that takes CAP_NET_ADMIN: a container around this one needs "
                               "--cap-add net_admin");
    return fail->code;
}

/* A link of the row's kind, which goes with the namespace. */
static int make_link(const struct check_row *row, const struct check_host *host, struct fail *fail)
{
    const struct ifinfomsg family = {.ifi_family = AF_UNSPEC};
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_ROUTE, &netlink, fail));
    netlink_begin(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &family, sizeof(family),
                  arena_printf(host->arena, "making a link of the kind %s", row->word));
    netlink_put_text(&batch, IFLA_IFNAME, "check");
    struct nlattr *info = netlink_nest(&batch, IFLA_LINKINFO);
    netlink_put_text(&batch, IFLA_INFO_KIND, row->word);
    netlink_nest_end(&batch, info);
    return netlink_send(&netlink, &batch, fail);
}

static int check_link(const struct check_row *row, const struct check_host *host,
                      char found[CHECK_FOUND_MAX], struct fail *fail)
{
    return make_link(row, host, fail) >= 0 ? check_found(found, "can be made")
                                           : hint_for_module(row->word, fail);
}

static int make_table(struct fail *fail)
{
    AUTO_NETLINK struct netlink netlink = NETLINK_NONE;
    AUTO_BATCH struct netlink_batch batch = {.count = 0};
    TRY(netlink_open(NETLINK_NETFILTER, &netlink, fail));
    nft_begin(&batch, "making a table");
    nft_add_table(&batch, &(struct nft_table){"check", NFT_FAMILY_INET});
    return netlink_send(&netlink, &batch, fail);
}

static int check_nftables(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    (void)row, (void)host;
    return make_table(fail) >= 0 ? check_found(found, "a table can be made")
                                 : hint_for_module("nf_tables", fail);
}

static int check_tun(const struct check_row *row, const struct check_host *host,
                     char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct ifreq request = {.ifr_name = "check", .ifr_flags = IFF_TUN | IFF_NO_PI};
    (void)row, (void)host;
    AUTO_FD int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        (void)fail_sys(fail, "opening /dev/net/tun");
        return fail->code == -EACCES
                   ? fail_hint(fail, "chmod 666 /dev/net/tun: it gives nobody more than he has")
                   : fail_hint(fail, "modprobe tun; mknod -m 666 /dev/net/tun c 10 200");
    }
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return check_found(found, "/dev/net/tun makes links");
    (void)fail_sys(fail, "making a link by /dev/net/tun");
    return hint_for_module("tun", fail);
}

static const struct check_row ROWS[] = {
    {.name = "bridge",
     .purpose = "a network of several containers",
     .function = check_link,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .namespaces = CLONE_NEWNET,
     .as_container = true,
     .word = "bridge"},
    {.name = "veth",
     .purpose = "a link from the container to the host",
     .function = check_link,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .namespaces = CLONE_NEWNET,
     .as_container = true,
     .word = "veth"},
    {.name = "nftables",
     .purpose = "published ports and ways out",
     .function = check_nftables,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .namespaces = CLONE_NEWNET,
     .as_container = true},
    {.name = "tun",
     .purpose = "networks of ordinary users",
     .function = check_tun,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .namespaces = CLONE_NEWNET,
     .as_container = true},
};

const struct check_section CHECK_NETWORK = {
    .title = "Networks", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
