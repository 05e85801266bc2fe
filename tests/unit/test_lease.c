/* NAME.leases: what is written is what would be written anew, and only what changed is. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../launcher/host/net/lease.h"
#include "tap.h"

#define HOSTS "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
#define HEAD HOSTS "10.111.0.1\thost.launcher.internal\nfd00::1\thost.launcher.internal\n"
#define LEASE(number, names) "10.111.0." number "\t" names "\nfd00::a6f:" number "\t" names "\n"

enum { TEXT_SIZE = 64 * 1024 };

static const char file[] = "launcher0.leases";
static char root[] = "/tmp/test_lease.XXXXXX";

/* A place where leases are, and a network of this kind. */
struct place {
    int root_fd;
    struct network network;
    struct fail fail;
    char text[TEXT_SIZE];
};

static struct network make_network(bool has_ip6)
{
    struct network network = {.name = "launcher0", .prefix = 16, .has_ip6 = has_ip6};
    network.subnet.s_addr = htonl(0x0a6f0000);
    network.gateway.s_addr = htonl(0x0a6f0001);
    network.subnet6.s6_addr[0] = network.gateway6.s6_addr[0] = 0xfd;
    network.gateway6.s6_addr[15] = 1;
    return network;
}

static const char *content(struct place *place)
{
    AUTO_FD int fd = openat(place->root_fd, file, O_RDONLY | O_CLOEXEC);
    ssize_t size = pread(fd, place->text, sizeof(place->text) - 1, 0);
    place->text[size > 0 ? size : 0] = '\0';
    return place->text;
}

static void put(struct place *place, const char *text)
{
    AUTO_FD int fd = openat(place->root_fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        (void)ok(false, "writing the file");
}

/* As a container's start and end do it. `number`: the last byte of its address, 0: any. */
static bool take(struct place *place, const char *names, unsigned char number)
{
    AUTO_ARENA struct arena arena = {0};
    const struct networks networks = {.root_fd = place->root_fd, .arena = &arena};
    const struct spec_interface wanted = {.has_ip4 = number != 0,
                                          .ip4.s_addr = htonl(0x0a6f0000U | number)};
    struct lease_table table;
    struct lease lease;
    return lease_read(&networks, &place->network, &table, &place->fail) == 0 &&
           lease_take(&networks, &place->network, &table, &wanted, names, &lease, &place->fail) ==
               0 &&
           lease_write(&networks, &place->network, &table, &place->fail) == 0;
}

static bool give_back(struct place *place, const char *owner)
{
    AUTO_ARENA struct arena arena = {0};
    const struct networks networks = {.root_fd = place->root_fd, .arena = &arena};
    struct lease_table table;
    return lease_read(&networks, &place->network, &table, &place->fail) == 0 &&
           lease_give_back(&table, owner) &&
           lease_write(&networks, &place->network, &table, &place->fail) == 0;
}

static void test_order(struct place *place)
{
    (void)ok(take(place, "one", 0), "the first");
    (void)is_str(content(place), HEAD LEASE("2", "one"), "is behind the host's names");
    (void)ok(take(place, "four four.example", 4), "one with an address of its own");
    (void)is_str(content(place), HEAD LEASE("2", "one") LEASE("4", "four four.example"),
                 "is behind it");
    (void)ok(take(place, "two", 0), "the gap between them");
    (void)is_str(content(place),
                 HEAD LEASE("2", "one") LEASE("3", "two") LEASE("4", "four four.example"),
                 "is filled");
    (void)ok(give_back(place, "one"), "the first goes");
    (void)is_str(content(place), HEAD LEASE("3", "two") LEASE("4", "four four.example"),
                 "and its lines with it");
    (void)ok(!give_back(place, "fou"), "the beginning of a name is nobody's");
    (void)ok(give_back(place, "four") && give_back(place, "two"), "all go");
    (void)is_str(content(place), HEAD, "the host's names stay");
}

/* Whoever was killed while it wrote leaves empty lines at the end, in_place.h. */
static void test_what_others_left(struct place *place)
{
    put(place, HEAD LEASE("2", "one") "\n\n\n\n\n\n");
    (void)ok(take(place, "two", 0), "behind empty lines");
    (void)is_str(content(place), HEAD LEASE("2", "one") LEASE("3", "two"), "nothing is behind it");
    put(place, HEAD LEASE("2", "one") "\n" LEASE("3", "two"));
    (void)ok(take(place, "three", 0), "an empty line between");
    (void)is_str(content(place), HEAD LEASE("2", "one") LEASE("3", "two") LEASE("4", "three"),
                 "is no more");
    put(place, HOSTS LEASE("2", "one"));
    (void)ok(take(place, "two", 0), "another head");
    (void)is_str(content(place), HEAD LEASE("2", "one") LEASE("3", "two"), "is written anew");
    put(place, "");
    (void)ok(take(place, "one", 0), "an empty file");
    (void)is_str(content(place), HEAD LEASE("2", "one"), "gets its head");
}

/* The file is that of 500 containers: who starts beside them must not write all of it. */
static void test_what_stays(struct place *place)
{
    AUTO_ARENA struct arena arena = {0};
    const struct networks networks = {.root_fd = place->root_fd, .arena = &arena};
    const struct spec_interface any = {.name = NULL};
    struct lease_table table;
    struct lease lease;
    put(place, HEAD LEASE("2", "one") LEASE("4", "four"));
    if (!ok(lease_read(&networks, &place->network, &table, &place->fail) == 0, "reading"))
        return;
    put(place, HEAD LEASE("2", "ONE") LEASE("4", "FOUR"));
    (void)ok(lease_take(&networks, &place->network, &table, &any, "two", &lease, &place->fail) ==
                     0 &&
                 lease_write(&networks, &place->network, &table, &place->fail) == 0,
             "a lease in the middle");
    (void)is_str(content(place), HEAD LEASE("2", "ONE") LEASE("3", "two") LEASE("4", "four"),
                 "what is before it is not touched");
}

static void test_without_ip6(struct place *place)
{
    place->network = make_network(false);
    put(place, "");
    (void)ok(take(place, "one", 0) && take(place, "two", 0) && give_back(place, "one"),
             "without IPv6");
    (void)is_str(content(place), HOSTS "10.111.0.1\thost.launcher.internal\n10.111.0.3\ttwo\n",
                 "a lease is one line");
    place->network = make_network(true);
}

/* The same leases, in a file that is new. */
static bool is_as_new(struct place *place)
{
    AUTO_ARENA struct arena arena = {0};
    const struct networks networks = {.root_fd = place->root_fd, .arena = &arena};
    struct lease_table table;
    char *grown = arena_strdup(&arena, content(place));
    if (lease_read(&networks, &place->network, &table, &place->fail) != 0)
        return false;
    table.before = "";
    put(place, "");
    return lease_write(&networks, &place->network, &table, &place->fail) == 0 &&
           strcmp(grown, content(place)) == 0;
}

/* Names of several lengths come and go, 3000 times; which of them, is the same at each run. */
static void test_many(struct place *place)
{
    enum { OWNERS = 60, TURNS = 3000 };
    bool running[OWNERS] = {false};
    unsigned state = 1;
    bool same = true;
    put(place, "");
    for (int i = 0; i < TURNS && same; i++) {
        char name[64];
        state = state * 1103515245U + 12345U;
        size_t owner = state / 65536 % OWNERS;
        (void)snprintf(name, sizeof(name), "c%zu%.*s", owner, (int)(owner % 40),
                       "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
        same = running[owner] ? give_back(place, name) : take(place, name, 0);
        running[owner] = !running[owner];
        same = same && is_as_new(place);
    }
    (void)ok(same, "3000 starts and ends: the file is always as if it were new");
}

int main(void)
{
    static struct place place;
    if (!ok(mkdtemp(root) != NULL, "a state root of its own"))
        return done_testing();
    place.network = make_network(true);
    place.root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    test_order(&place);
    test_what_others_left(&place);
    test_what_stays(&place);
    test_without_ip6(&place);
    test_many(&place);
    (void)unlinkat(place.root_fd, file, 0);
    (void)close(place.root_fd);
    (void)ok(rmdir(root) == 0, "nothing of it stays");
    return done_testing();
}
