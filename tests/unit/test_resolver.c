/* /etc/resolv.conf: what is read, and what a container gets of it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../launcher/host/net/pasta.h"
#include "../../launcher/host/net/resolv_conf.h"
#include "../../launcher/host/net/resolver.h"
#include "tap.h"

#define HEAD "# made by launcher\n"

/* ---- reading: the text that comes out again ---- */

static const struct {
    const char *what, *text;
    size_t size; /* 0: strlen */
    const char *again;
} parsed[] = {
    {"nothing", "", 0, ""},
    {"a server", "nameserver 192.0.2.1\n", 0, "nameserver 192.0.2.1\n"},
    {"no newline at the end", "nameserver 192.0.2.1", 0, "nameserver 192.0.2.1\n"},
    {"tabs", "nameserver\t192.0.2.1\t\n", 0, "nameserver 192.0.2.1\n"},
    {"many blanks", "nameserver  \t  192.0.2.1   \n", 0, "nameserver 192.0.2.1\n"},
    {"CRLF", "nameserver 192.0.2.1\r\nsearch a b\r\n", 0, "nameserver 192.0.2.1\nsearch a b\n"},
    {"words behind the address", "nameserver 192.0.2.1 # here\n", 0, "nameserver 192.0.2.1\n"},
    {"comments", "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n", 0, ""},
    {"a keyword behind a blank", " nameserver 192.0.2.1\n", 0, ""},
    {"a keyword that goes on", "nameservers 192.0.2.1\n", 0, ""},
    {"a keyword alone", "nameserver\nsearch\noptions\ndomain\n", 0, ""},
    {"capitals", "NAMESERVER 192.0.2.1\n", 0, ""},
    {"no address", "nameserver example.org\nnameserver 1.2.3.4.5\nnameserver ::g\n", 0, ""},
    {"an old form of address", "nameserver 10.1\n", 0, "nameserver 10.1\n"},
    {"IPv6", "nameserver 2001:db8::1\n", 0, "nameserver 2001:db8::1\n"},
    {"a scope", "nameserver fe80::1%eth0\n", 0, "nameserver fe80::1%eth0\n"},
    {"a long scope", "nameserver fe80::1%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     0, "nameserver fe80::1%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
    {"a NUL ends its line", "nameserver 192.0.2.1\0 x\nsearch a\n", 33,
     "nameserver 192.0.2.1\nsearch a\n"},
    {"a NUL in a keyword", "name\0server 192.0.2.1\n", 22, ""},
    {"nothing but NULs", "\0\0\0\n\0", 5, ""},
    {"order of servers", "nameserver 192.0.2.2\nnameserver 192.0.2.1\n", 0,
     "nameserver 192.0.2.2\nnameserver 192.0.2.1\n"},
    {"the last search counts", "search a b\nsearch c\n", 0, "search c\n"},
    {"domain after search", "search a b\ndomain c\n", 0, "search c\n"},
    {"search after domain", "domain c\nsearch a b\n", 0, "search a b\n"},
    {"a domain is one", "domain c d\n", 0, "search c\n"},
    {"an empty search", "search a\nsearch \n", 0, ""},
    {"options add up", "options ndots:2 rotate\noptions edns0\n", 0,
     "options ndots:2 rotate edns0\n"},
    {"control characters", "search a\001b c\noptions \033[2J edns0\n", 0,
     "search c\noptions edns0\n"},
    {"unknown keywords", "sortlist 192.0.2.0\nlookup file\nfamily inet6\n", 0, ""},
};

static void test_parse(void)
{
    for (size_t i = 0; i < COUNT(parsed); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct resolv_conf conf;
        size_t size = parsed[i].size > 0 ? parsed[i].size : strlen(parsed[i].text);
        resolv_conf_parse(parsed[i].text, size, &arena, &conf);
        const char *text = resolv_conf_text(&conf, &arena);
        (void)is_str(text + strlen(HEAD), parsed[i].again, parsed[i].what);
    }
}

static void test_overlong(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct resolv_conf conf;
    static char text[20000];
    memset(text, 'x', sizeof(text));
    *stpcpy(text, "search ") = 'x';
    *stpcpy(text + 15000, "\nnameserver 192.0.2.1\nsearch ") = 'x';
    resolv_conf_parse(text, sizeof(text), &arena, &conf);
    (void)is_int((long long)conf.search_count, 0, "a word longer than any name is left out");
    (void)is_int((long long)conf.server_count, 1, "and the line behind it is read");
}

static void test_reach(void)
{
    static const struct {
        const char *server;
        enum server_reach reach;
    } rows[] = {
        {"192.0.2.1", SERVER_REAL},
        {"127.0.0.53", SERVER_LOOPBACK},
        {"127.1", SERVER_LOOPBACK},
        {"127.255.255.254", SERVER_LOOPBACK},
        {"0.0.0.0", SERVER_LOOPBACK},
        {"128.0.0.1", SERVER_REAL},
        {"::1", SERVER_LOOPBACK},
        {"::", SERVER_LOOPBACK},
        {"::1%lo", SERVER_LOOPBACK},
        {"::ffff:127.0.0.1", SERVER_LOOPBACK},
        {"::ffff:192.0.2.1", SERVER_REAL},
        {"fe80::1%eth0", SERVER_SCOPED},
        {"fe80::1", SERVER_SCOPED},
        {"2001:db8::1", SERVER_REAL},
        {"2001:db8::1%eth0", SERVER_SCOPED},
        {"fd00::1", SERVER_REAL},
        {"", SERVER_INVALID},
        {"localhost", SERVER_INVALID},
        {"256.0.0.1", SERVER_INVALID},
        {"1.2.3.4%eth0", SERVER_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        (void)is_int(resolv_conf_reach(rows[i].server), rows[i].reach, rows[i].server);
}

/* ---- deciding ---- */

#define ETC "/etc/resolv.conf"
#define RESOLVED "/run/systemd/resolve/resolv.conf"
#define MANAGER "/run/NetworkManager/resolv.conf"
#define NO_STUB "/run/NetworkManager/no-stub-resolv.conf"

static const struct {
    const char *what;
    enum net_mode mode;
    const char *etc, *resolved, *manager, *no_stub; /* NULL: not there */
    const char *servers[2], *searches[2], *options[2];
    const char *path; /* the file that is mounted, or: */
    const char *text;
    bool warns;
} decided[] = {
    {.what = "a real server", .mode = NET_BRIDGE, .etc = "nameserver 192.0.2.1\n", .path = ETC},
    {.what = "a stub, and what is behind it",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.53\n",
     .resolved = "nameserver 192.0.2.9\n",
     .manager = "nameserver 192.0.2.8\n",
     .path = RESOLVED},
    {.what = "a stub and loopback behind it: the next",
     .mode = NET_BRIDGE,
     .etc = "nameserver ::1\n",
     .resolved = "nameserver 127.0.0.1\n",
     .manager = "nameserver 192.0.2.8\n",
     .path = MANAGER},
    {.what = "NetworkManager's without the stub",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.1\n",
     .no_stub = "nameserver 192.0.2.7\n",
     .manager = "nameserver 127.0.0.1\n",
     .path = NO_STUB},
    {.what = "what is behind is mixed",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.53\n",
     .resolved = "nameserver fe80::1%eth0\nnameserver 192.0.2.9\nsearch lan\n",
     .text = "nameserver 192.0.2.9\nsearch lan\n"},
    {.what = "mixed",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.1\nnameserver 192.0.2.1\nsearch lan\noptions edns0\n",
     .resolved = "nameserver 192.0.2.9\n",
     .text = "nameserver 192.0.2.1\nsearch lan\noptions edns0\n"},
    {.what = "a scoped one among them",
     .mode = NET_BRIDGE,
     .etc = "nameserver fe80::1%wlan0\nnameserver 2001:db8::1\n",
     .text = "nameserver 2001:db8::1\n"},
    {.what = "loopback only",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.1\nsearch lan\n",
     .text = "search lan\n",
     .warns = true},
    {.what = "no file", .mode = NET_BRIDGE, .text = "", .warns = true},
    {.what = "an empty file", .mode = NET_BRIDGE, .etc = "", .text = "", .warns = true},
    {.what = "no file, but what would be behind it",
     .mode = NET_BRIDGE,
     .resolved = "nameserver 192.0.2.9\n",
     .path = RESOLVED},
    {.what = "no network, no warning",
     .mode = NET_NONE,
     .etc = "nameserver 127.0.0.1\n",
     .text = ""},
    {.what = "the host's network, the host's stub",
     .mode = NET_HOST,
     .etc = "nameserver 127.0.0.53\n",
     .resolved = "nameserver 192.0.2.9\n",
     .path = ETC},
    {.what = "the host's network without a file", .mode = NET_HOST, .text = ""},
    {.what = "the host's network, one search more",
     .mode = NET_HOST,
     .etc = "nameserver 127.0.0.53\nsearch lan\n",
     .searches = {"wan"},
     .text = "nameserver 127.0.0.53\nsearch wan\n"},
    {.what = "pasta and a stub: through pasta",
     .mode = NET_PASTA,
     .etc = "nameserver 127.0.0.53\nsearch lan\n",
     .text = "nameserver " PASTA_DNS "\nsearch lan\n"},
    {.what = "pasta and what is behind the stub",
     .mode = NET_PASTA,
     .etc = "nameserver 127.0.0.53\n",
     .resolved = "nameserver 192.0.2.9\n",
     .path = RESOLVED},
    {.what = "pasta has one address for IPv4 only",
     .mode = NET_PASTA,
     .etc = "nameserver ::1\n",
     .text = "",
     .warns = true},
    {.what = "--dns",
     .mode = NET_BRIDGE,
     .etc = "nameserver 192.0.2.1\nsearch lan\noptions edns0\n",
     .servers = {"192.0.2.5", "2001:db8::5"},
     .text = "nameserver 192.0.2.5\nnameserver 2001:db8::5\nsearch lan\noptions edns0\n"},
    {.what = "--dns where there is nothing",
     .mode = NET_BRIDGE,
     .servers = {"192.0.2.5"},
     .text = "nameserver 192.0.2.5\n"},
    {.what = "--dns of the container's own loopback",
     .mode = NET_BRIDGE,
     .servers = {"127.0.0.1"},
     .text = "nameserver 127.0.0.1\n"},
    {.what = "--dns-search",
     .mode = NET_BRIDGE,
     .etc = "nameserver 192.0.2.1\nsearch lan\n",
     .searches = {"a", "b"},
     .text = "nameserver 192.0.2.1\nsearch a b\n"},
    {.what = "--dns-search .",
     .mode = NET_BRIDGE,
     .etc = "nameserver 192.0.2.1\nsearch lan\n",
     .searches = {"."},
     .text = "nameserver 192.0.2.1\n"},
    {.what = "--dns-option replaces the one of its name",
     .mode = NET_BRIDGE,
     .etc = "nameserver 192.0.2.1\noptions ndots:5 edns0\n",
     .options = {"ndots:1", "rotate"},
     .text = "nameserver 192.0.2.1\noptions ndots:1 edns0 rotate\n"},
    {.what = "a flag and a stub",
     .mode = NET_BRIDGE,
     .etc = "nameserver 127.0.0.53\n",
     .resolved = "nameserver 192.0.2.9\n",
     .options = {"rotate"},
     .text = "nameserver 192.0.2.9\noptions rotate\n"},
};

static char root[] = "/tmp/test_resolver.XXXXXX";

static void put_file(const char *path, const char *text, size_t size)
{
    AUTO_ARENA struct arena arena = {0};
    const char *full = arena_printf(&arena, "%s%s", root, path);
    (void)unlink(full);
    if (text == NULL)
        return;
    AUTO_FD int fd = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (write(fd, text, size) != (ssize_t)size)
        (void)ok(false, "writing a file");
}

static bool make_root(void)
{
    static const char *const directories[] = {"/etc", "/run", "/run/systemd",
                                              "/run/systemd/resolve", "/run/NetworkManager"};
    if (mkdtemp(root) == NULL)
        return false;
    for (size_t i = 0; i < COUNT(directories); i++) {
        AUTO_ARENA struct arena arena = {0};
        if (mkdir(arena_printf(&arena, "%s%s", root, directories[i]), 0755) < 0)
            return false;
    }
    return true;
}

static void remove_root(void)
{
    static const char *const names[] = {ETC,
                                        RESOLVED,
                                        MANAGER,
                                        NO_STUB,
                                        "/etc",
                                        "/run/systemd/resolve",
                                        "/run/systemd",
                                        "/run/NetworkManager",
                                        "/run",
                                        ""};
    for (size_t i = 0; i < COUNT(names); i++) {
        AUTO_ARENA struct arena arena = {0};
        (void)remove(arena_printf(&arena, "%s%s", root, names[i]));
    }
}

static size_t count_words(const char *const words[2])
{
    return (words[0] != NULL ? 1U : 0U) + (words[1] != NULL ? 1U : 0U);
}

static void put_files(size_t row)
{
    const struct {
        const char *path, *text;
    } files[] = {{ETC, decided[row].etc},
                 {RESOLVED, decided[row].resolved},
                 {MANAGER, decided[row].manager},
                 {NO_STUB, decided[row].no_stub}};
    for (size_t i = 0; i < COUNT(files); i++)
        put_file(files[i].path, files[i].text, files[i].text == NULL ? 0 : strlen(files[i].text));
}

static void test_decision(size_t row, struct arena *arena)
{
    const char *servers[2], *searches[2], *options[2];
    memcpy(servers, decided[row].servers, sizeof(servers));
    memcpy(searches, decided[row].searches, sizeof(searches));
    memcpy(options, decided[row].options, sizeof(options));
    struct spec_network network = {
        .mode = decided[row].mode,
        .dns_servers = servers,
        .dns_server_count = count_words(servers),
        .dns_searches = searches,
        .dns_search_count = count_words(searches),
        .dns_options = options,
        .dns_option_count = count_words(options),
    };
    struct resolver resolver = {.path = NULL};
    struct fail fail = {0};
    const char *what = decided[row].what;
    const char *path =
        decided[row].path == NULL ? NULL : arena_printf(arena, "%s%s", root, decided[row].path);
    const char *text =
        decided[row].text == NULL ? NULL : arena_printf(arena, HEAD "%s", decided[row].text);
    put_files(row);
    if (!ok(resolver_decide(&network, root, arena, &resolver, &fail) == 0, what))
        return;
    (void)is_str(resolver.path, path, arena_printf(arena, "%s: the file", what));
    (void)is_str(resolver.text, text, arena_printf(arena, "%s: the text", what));
    (void)ok((resolver.warning != NULL) == decided[row].warns &&
                 (resolver.hint != NULL) == decided[row].warns,
             arena_printf(arena, "%s: the warning", what));
}

static void test_too_long(struct arena *arena)
{
    static char text[1024 * 1024];
    struct spec_network network = {.mode = NET_BRIDGE};
    struct resolver resolver = {.path = NULL};
    struct fail fail = {0};
    memset(text, '\n', sizeof(text));
    *stpcpy(text, "nameserver 192.0.2.1\n") = '\n';
    put_files(0);
    put_file(ETC, text, sizeof(text));
    (void)ok(resolver_decide(&network, root, arena, &resolver, &fail) == 0 &&
                 resolver.warning != NULL && resolver.text != NULL,
             "a file of 1 MiB is not read");
    put_file(ETC, text, 65536);
    (void)ok(resolver_decide(&network, root, arena, &resolver, &fail) == 0 && resolver.path != NULL,
             "one of 64 KiB is");
}

static void test_refused(struct arena *arena)
{
    static const char *const bad[] = {"example.org", "", "192.0.2.1\nsearch evil", "1.2.3.4 5"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *word[] = {bad[i]};
        struct spec_network network = {.dns_servers = word, .dns_server_count = 1};
        struct spec_network other = {.dns_searches = word, .dns_search_count = 1};
        struct resolver resolver;
        struct fail fail = {0};
        (void)ok(resolver_decide(&network, root, arena, &resolver, &fail) < 0,
                 "no address: refused");
        if (i > 0)
            (void)ok(resolver_decide(&other, root, arena, &resolver, &fail) < 0,
                     "no word: refused");
    }
}

int main(void)
{
    test_parse();
    test_overlong();
    test_reach();
    if (!ok(make_root(), "a root directory of its own"))
        return done_testing();
    for (size_t i = 0; i < COUNT(decided); i++) {
        AUTO_ARENA struct arena arena = {0};
        test_decision(i, &arena);
    }
    AUTO_ARENA struct arena arena = {0};
    test_too_long(&arena);
    test_refused(&arena);
    remove_root();
    return done_testing();
}
