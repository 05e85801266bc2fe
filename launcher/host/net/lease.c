#include "lease.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LEASES_MAX = 8 * 1024 * 1024 }; /* bytes: the file of a full /16 with long names */

static const char HEAD[] = "127.0.0.1\tlocalhost\n"
                           "::1\tlocalhost ip6-localhost ip6-loopback\n";

struct in6_addr lease_ip6(const struct network *network, struct in_addr address)
{
    struct in6_addr ip6 = network->subnet6;
    memcpy(&ip6.s6_addr[12], &address, sizeof(address));
    return ip6;
}

static const char *file_name(const struct networks *networks, const struct network *network)
{
    return arena_printf(networks->arena, "%s.leases", network->name);
}

/* ---- reading ---- */

static int read_file(int fd, struct arena *arena, char **ret_text, struct fail *fail)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return fail_sys(fail, "looking at the leases");
    if (status.st_size > LEASES_MAX)
        return fail_code(fail, -EFBIG, "reading the leases");
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    ssize_t size = pread(fd, text, (size_t)status.st_size, 0);
    if (size < 0)
        return fail_sys(fail, "reading the leases");
    text[size] = '\0';
    *ret_text = text;
    return 0;
}

/* "10.111.0.2<tab>NAME [NAME...]": of everything else in the file this says that it is no lease. */
static bool parse_line(char *line, const struct network *network, struct lease *ret_lease)
{
    char *names = strchr(line, '\t');
    struct in_addr address;
    if (names == NULL)
        return false;
    *names++ = '\0';
    if (inet_pton(AF_INET, line, &address) != 1 || address.s_addr == htonl(INADDR_LOOPBACK) ||
        address.s_addr == network->gateway.s_addr)
        return false;
    *ret_lease = (struct lease){.address = address, .names = names};
    return true;
}

int lease_read(const struct networks *networks, const struct network *network,
               struct lease_table *ret_table, struct fail *fail)
{
    char *text = NULL;
    struct lease lease;
    *ret_table = (struct lease_table){.count = 0};
    AUTO_FD int fd =
        openat(networks->root_fd, file_name(networks, network), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "opening the leases of %s", network->name);
    TRY(read_file(fd, networks->arena, &text, fail));
    for (char *line = text; (line = strsep(&text, "\n")) != NULL;) {
        if (!parse_line(line, network, &lease))
            continue;
        const char *cursor = lease.names;
        lease.owner = arena_copy(networks->arena, cursor, strcspn(cursor, " "));
        *ARENA_APPEND(networks->arena, ret_table->leases, ret_table->count) = lease;
    }
    return 0;
}

/* ---- writing ---- */

struct text {
    char *bytes;
    size_t size, room;
};

static void put_line(struct text *text, int family, const void *address, const char *names)
{
    char number[INET6_ADDRSTRLEN];
    size_t length = strlen(names);
    if (inet_ntop(family, address, number, sizeof(number)) == NULL ||
        text->size + sizeof(number) + length + 2 > text->room)
        return; /* neither happens: the room was counted */
    text->size += (size_t)sprintf(text->bytes + text->size, "%s\t%s\n", number, names);
}

static void put_host(struct text *text, const struct network *network, struct in_addr address,
                     const char *names)
{
    struct in6_addr ip6 = lease_ip6(network, address);
    put_line(text, AF_INET, &address, names);
    if (network->has_ip6)
        put_line(text, AF_INET6, &ip6, names);
}

static struct text compose(const struct network *network, const struct lease_table *table,
                           struct arena *arena)
{
    static const char host[] = "host.launcher.internal";
    size_t room = sizeof(HEAD) + 2 * (INET6_ADDRSTRLEN + sizeof(host) + 2);
    for (size_t i = 0; i < table->count; i++)
        room += 2 * (INET6_ADDRSTRLEN + strlen(table->leases[i].names) + 2);
    struct text text = {.bytes = arena_alloc(arena, room), .room = room};
    memcpy(text.bytes, HEAD, sizeof(HEAD) - 1);
    text.size = sizeof(HEAD) - 1;
    put_line(&text, AF_INET, &network->gateway, host);
    if (network->has_ip6)
        put_line(&text, AF_INET6, &network->gateway6, host);
    for (size_t i = 0; i < table->count; i++)
        put_host(&text, network, table->leases[i].address, table->leases[i].names);
    return text;
}

/* Empty lines cover what was longer before, until the file is cut: whoever reads in between, or after
 * a kill in between, finds whole lines. */
static int write_in_place(int fd, const struct text *text, struct arena *arena)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    size_t before = (size_t)status.st_size;
    size_t size = before > text->size ? before : text->size;
    char *padded = arena_alloc(arena, size + 1);
    memset(padded, '\n', size);
    memcpy(padded, text->bytes, text->size);
    ssize_t written = pwrite(fd, padded, size, 0);
    if (written < 0 || (size_t)written < size)
        return written < 0 ? -errno : -ENOSPC;
    return before > text->size && ftruncate(fd, (off_t)text->size) < 0 ? -errno : 0;
}

int lease_write(const struct networks *networks, const struct network *network,
                const struct lease_table *table, struct fail *fail)
{
    AUTO_ARENA struct arena scratch = {0};
    AUTO_FD int fd = openat(networks->root_fd, file_name(networks, network),
                            O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail_sys(fail, "opening the leases of %s", network->name);
    struct text text = compose(network, table, &scratch);
    int result = write_in_place(fd, &text, &scratch);
    return result < 0 ? fail_code(fail, result, "writing the leases of %s", network->name) : 0;
}

/* ---- giving and taking ---- */

static uint32_t mask_of(const struct network *network)
{
    return UINT32_MAX << (32 - network->prefix);
}

/* Neither the network's own address, nor its gateway's, nor the broadcast address. */
static bool can_be_given(const struct network *network, uint32_t address)
{
    uint32_t subnet = ntohl(network->subnet.s_addr);
    return address > subnet && address < (subnet | ~mask_of(network)) &&
           address != ntohl(network->gateway.s_addr);
}

static const char *address_text(struct in_addr address, struct arena *arena)
{
    char text[INET_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET, &address, text, sizeof(text)); /* every address has a text */
    return arena_strdup(arena, text);
}

static int check_asked(const struct networks *networks, const struct network *network,
                       const struct lease_table *table, struct in_addr asked, struct fail *fail)
{
    const char *text = address_text(asked, networks->arena);
    for (size_t i = 0; i < table->count; i++)
        if (table->leases[i].address.s_addr == asked.s_addr) {
            (void)fail_set(fail, "the address %s is taken by the container %s", text,
                           table->leases[i].owner);
            fail->code = -EADDRINUSE;
            return fail_hint(fail, "choose another one, or end that container; launcher gc frees "
                                   "what a killed launcher left");
        }
    if (can_be_given(network, ntohl(asked.s_addr)))
        return 0;
    (void)fail_set(fail, "the address %s can't be a container's in %s, which is %s/%u", text,
                   network->name, address_text(network->subnet, networks->arena), network->prefix);
    return fail_hint(fail, "its first address, its gateway's and its last one are no container's");
}

/* The table is sorted, so the first gap in it is the lowest free address. */
static uint32_t lowest_free(const struct network *network, const struct lease_table *table)
{
    uint32_t address = ntohl(network->subnet.s_addr) + 1;
    for (size_t i = 0; i < table->count; i++) {
        uint32_t taken = ntohl(table->leases[i].address.s_addr);
        while (address < taken && !can_be_given(network, address))
            address++;
        if (address < taken)
            return address;
        address = taken + 1;
    }
    while (!can_be_given(network, address) && (address & ~mask_of(network)) != 0)
        address++;
    return address;
}

static void insert(struct lease_table *table, struct arena *arena, struct lease lease)
{
    (void)ARENA_APPEND(arena, table->leases, table->count);
    size_t at = table->count - 1;
    for (; at > 0 && ntohl(table->leases[at - 1].address.s_addr) > ntohl(lease.address.s_addr);
         at--)
        table->leases[at] = table->leases[at - 1];
    table->leases[at] = lease;
}

int lease_take(const struct networks *networks, const struct network *network,
               struct lease_table *table, const struct in_addr *asked, const char *owner,
               const char *names, struct in_addr *ret_address, struct fail *fail)
{
    struct in_addr address = {.s_addr = htonl(lowest_free(network, table))};
    if (asked != NULL) {
        TRY(check_asked(networks, network, table, *asked, fail));
        address = *asked;
    } else if (!can_be_given(network, ntohl(address.s_addr))) {
        (void)fail_set(fail, "every address of %s, %s/%u, is taken: %zu containers", network->name,
                       address_text(network->subnet, networks->arena), network->prefix,
                       table->count);
        fail->code = -ENOSPC;
        return fail_hint(fail, "end some of them, or make a larger network: launcher net create "
                               "NAME --subnet CIDR");
    }
    insert(table, networks->arena,
           (struct lease){.owner = owner, .address = address, .names = names});
    *ret_address = address;
    return 0;
}

size_t lease_give_back(struct lease_table *table, const char *owner, struct in_addr *ret_address)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->leases[i].owner, owner) == 0)
            *ret_address = table->leases[i].address;
        else
            table->leases[kept++] = table->leases[i];
    }
    size_t given = table->count - kept;
    table->count = kept;
    return given;
}
