#include "lease.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../in_place.h"
#include "../state_root.h"

static const char HEAD[] = "127.0.0.1\tlocalhost\n"
                           "::1\tlocalhost ip6-localhost ip6-loopback\n";

static const char *file_name(const struct networks *networks, const struct network *network)
{
    return arena_printf(networks->arena, "%s.leases", network->name);
}

/* ---- reading ---- */

/* "ADDRESS<tab>NAME [NAME...]". Returns the names; NULL: it is no such line. */
static const char *parse_line(const char *line, const char *end, int family, void *ret_address)
{
    char number[INET6_ADDRSTRLEN] = "";
    const char *names = memchr(line, '\t', (size_t)(end - line));
    if (names == NULL || (size_t)(names - line) >= sizeof(number))
        return NULL;
    memcpy(number, line, (size_t)(names - line));
    return inet_pton(family, number, ret_address) == 1 ? names + 1 : NULL;
}

/* Not every IPv4 line is a lease's. Names are left where they are: 500 copies would be felt. */
static bool parse_lease(const char *line, const char *end, const struct network *network,
                        struct lease *ret_lease)
{
    struct in_addr address;
    const char *names = parse_line(line, end, AF_INET, &address);
    if (names == NULL || address.s_addr == htonl(INADDR_LOOPBACK) ||
        address.s_addr == network->gateway.s_addr)
        return false;
    *ret_lease = (struct lease){.address = address,
                                .names = names,
                                .names_size = (size_t)(end - names),
                                .text = line,
                                .text_size = (size_t)(end - line) + 1};
    return true;
}

/* What is kept is written back as it was read: a lease's text is its line and the IPv6 line behind. */
static void parse_leases(const char *text, const struct network *network, struct arena *arena,
                         struct lease_table *table)
{
    struct lease *last = NULL; /* its IPv6 line may come next */
    for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct lease lease;
        if (parse_lease(line, end, network, &lease)) {
            last = ARENA_APPEND(arena, table->leases, table->count);
            *last = lease;
        } else if (last != NULL && line[0] != '\n') {
            last->text_size += (size_t)(end - line) + 1;
            last = NULL;
        }
    }
}

int lease_read(const struct networks *networks, const struct network *network,
               struct lease_table *ret_table, struct fail *fail)
{
    char *text = NULL;
    struct fail missing = {0};
    *ret_table = (struct lease_table){.before = ""};
    int result = state_root_read(networks->root_fd, file_name(networks, network), networks->arena,
                                 &text, NULL, &missing);
    if (result >= 0) {
        ret_table->before = text;
        parse_leases(text, network, networks->arena, ret_table);
    }
    if (result >= 0 || result == -ENOENT)
        return 0;
    *fail = missing;
    return result;
}

const char *lease_owner(const struct lease *lease, struct arena *arena)
{
    const char *end = memchr(lease->names, ' ', lease->names_size);
    size_t size = end != NULL ? (size_t)(end - lease->names) : lease->names_size;
    return arena_copy(arena, lease->names, size);
}

bool lease_is_of(const struct lease *lease, const char *owner)
{
    size_t size = strlen(owner);
    return size <= lease->names_size && memcmp(lease->names, owner, size) == 0 &&
           (size == lease->names_size || lease->names[size] == ' ');
}

struct in6_addr lease_ip6(const struct lease *lease)
{
    struct in6_addr ip6 = IN6ADDR_ANY_INIT;
    const char *line = lease->names + lease->names_size + 1;
    const char *end = lease->text + lease->text_size - 1;
    if (line < end)
        (void)parse_line(line, end, AF_INET6, &ip6); /* there is none without IPv6 */
    return ip6;
}

/* ---- writing ---- */

struct text {
    char *bytes;
    size_t size, room;
};

static void put_line(struct text *text, int family, const void *address, const char *names)
{
    char number[INET6_ADDRSTRLEN] = "";
    size_t length = strlen(names);
    if (inet_ntop(family, address, number, sizeof(number)) == NULL ||
        text->size + strlen(number) + length + 2 >= text->room)
        return; /* neither happens: the room was counted */
    text->size += (size_t)sprintf(text->bytes + text->size, "%s\t%s\n", number, names);
}

static struct text begin_text(size_t room, struct arena *arena)
{
    return (struct text){.bytes = arena_alloc(arena, room), .room = room};
}

enum { LINES_ROOM = 2 * (INET6_ADDRSTRLEN + 2) }; /* of two lines without their names */

/* Writes what a lease says; from then on it is like one that was read. */
static void put_lines(struct lease *lease, const struct in6_addr *ip6, const char *names,
                      struct arena *arena)
{
    struct text text = begin_text(LINES_ROOM + 2 * strlen(names), arena);
    put_line(&text, AF_INET, &lease->address, names);
    lease->names_size = strlen(names);
    lease->names = text.bytes + text.size - 1 - lease->names_size;
    if (ip6 != NULL)
        put_line(&text, AF_INET6, ip6, names);
    lease->text = text.bytes;
    lease->text_size = text.size;
}

static struct text compose_head(const struct network *network, struct arena *arena)
{
    static const char host[] = "host.launcher.internal";
    struct text text = begin_text(sizeof(HEAD) + LINES_ROOM + 2 * sizeof(host), arena);
    memcpy(text.bytes, HEAD, sizeof(HEAD) - 1);
    text.size = sizeof(HEAD) - 1;
    put_line(&text, AF_INET, &network->gateway, host);
    if (network->has_ip6)
        put_line(&text, AF_INET6, &network->gateway6, host);
    return text;
}

/* How much of the file stays as it is: the head, and each lease that stands where it stood. So that a
 * start does not write the lines of all others. `*ret_first`: the first lease behind it. */
static size_t find_kept(const struct lease_table *table, const struct text *head, size_t *ret_first)
{
    size_t kept = head->size, first = 0;
    *ret_first = 0;
    if (strncmp(table->before, head->bytes, head->size) != 0)
        return 0;
    while (first < table->count && table->leases[first].text == table->before + kept)
        kept += table->leases[first++].text_size;
    *ret_first = first;
    return kept;
}

static const char *compose_rest(const struct lease_table *table, size_t first,
                                const struct text *head, struct arena *arena)
{
    size_t room = head->size + 1; /* a 0 behind all */
    for (size_t i = first; i < table->count; i++)
        room += table->leases[i].text_size;
    struct text text = begin_text(room, arena);
    memcpy(text.bytes, head->bytes, head->size);
    text.size = head->size;
    for (size_t i = first; i < table->count; i++) {
        memcpy(text.bytes + text.size, table->leases[i].text, table->leases[i].text_size);
        text.size += table->leases[i].text_size;
    }
    return text.bytes;
}

int lease_write(const struct networks *networks, const struct network *network,
                const struct lease_table *table, struct fail *fail)
{
    AUTO_ARENA struct arena scratch = {0};
    size_t first = 0;
    struct text head = compose_head(network, &scratch);
    size_t kept = find_kept(table, &head, &first);
    if (kept > 0)
        head.size = 0; /* it is there */
    return in_place_write_rest(networks->root_fd, file_name(networks, network), kept,
                               compose_rest(table, first, &head, &scratch), fail);
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
                           lease_owner(&table->leases[i], networks->arena));
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

static bool is_same_ip6(const struct in6_addr *one, const struct in6_addr *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

static int check_asked_ip6(const struct networks *networks, const struct network *network,
                           const struct lease_table *table, const struct in6_addr *asked,
                           struct fail *fail)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET6, asked, text, sizeof(text)); /* every address has a text */
    if (!network->has_ip6)
        return fail_set(fail, "the address %s can't be had: the network %s has no IPv6", text,
                        network->name);
    if (memcmp(asked, &network->subnet6, 8) != 0 || is_same_ip6(asked, &network->subnet6) ||
        is_same_ip6(asked, &network->gateway6)) {
        (void)fail_set(fail, "the address %s can't be a container's in %s", text, network->name);
        return fail_hint(fail,
                         "launcher net inspect %s shows its subnet; its first address and its "
                         "gateway's are no container's",
                         network->name);
    }
    for (size_t i = 0; i < table->count; i++) {
        struct in6_addr taken = lease_ip6(&table->leases[i]);
        if (!is_same_ip6(asked, &taken))
            continue;
        (void)fail_set(fail, "the address %s is taken by the container %s", text,
                       lease_owner(&table->leases[i], networks->arena));
        fail->code = -EADDRINUSE;
        return fail->code;
    }
    return 0;
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

/* The IPv6 address that goes with an IPv4 one: the same last 32 bits. */
static struct in6_addr matching_ip6(const struct network *network, struct in_addr address)
{
    struct in6_addr ip6 = network->subnet6;
    memcpy(&ip6.s6_addr[12], &address, sizeof(address));
    return ip6;
}

static int raise_full(const struct networks *networks, const struct network *network,
                      const struct lease_table *table, struct fail *fail)
{
    (void)fail_set(fail, "every address of %s, %s/%u, is taken: %zu containers", network->name,
                   address_text(network->subnet, networks->arena), network->prefix, table->count);
    fail->code = -ENOSPC;
    return fail_hint(fail, "end some of them, or make a larger network: launcher net create NAME "
                           "--subnet CIDR");
}

int lease_take(const struct networks *networks, const struct network *network,
               struct lease_table *table, const struct spec_interface *wanted, const char *names,
               struct lease *ret_lease, struct fail *fail)
{
    struct lease lease = {.address = {.s_addr = htonl(lowest_free(network, table))}};
    if (wanted->has_ip4) {
        TRY(check_asked(networks, network, table, wanted->ip4, fail));
        lease.address = wanted->ip4;
    } else if (!can_be_given(network, ntohl(lease.address.s_addr))) {
        return raise_full(networks, network, table, fail);
    }
    struct in6_addr ip6 = matching_ip6(network, lease.address);
    if (wanted->has_ip6) {
        TRY(check_asked_ip6(networks, network, table, &wanted->ip6, fail));
        ip6 = wanted->ip6;
    }
    put_lines(&lease, network->has_ip6 ? &ip6 : NULL, names, networks->arena);
    insert(table, networks->arena, lease);
    *ret_lease = lease;
    return 0;
}

bool lease_give_back(struct lease_table *table, const char *owner)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++)
        if (!lease_is_of(&table->leases[i], owner))
            table->leases[kept++] = table->leases[i];
    bool given = kept < table->count;
    table->count = kept;
    return given;
}
