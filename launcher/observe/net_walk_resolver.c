/* Step of the walk: do the name servers answer that the container's resolv.conf(5) names? */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "net_probe.h"
#include "net_walk.h"

enum {
    FILE_MAX = 64 * 1024,
    SERVERS_MAX = 3, /* resolv.conf(5): MAXNS */
    DNS_PORT = 53,
};

struct servers {
    union probe_server servers[SERVERS_MAX];
    size_t count;
};

/* The file is the container's: a symbolic link in there must lead nowhere else, and opening it must not
 * wait for anybody. */
static int open_file(const struct walk *walk, int *ret_fd, struct fail *fail)
{
    struct stat status;
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                                 .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    AUTO_FD int fd = (int)syscall(SYS_openat2, walk->root_fd, "etc/resolv.conf", &how, sizeof(how));
    if (fd < 0 || fstat(fd, &status) < 0) {
        (void)fail_sys(fail, "opening the container's /etc/resolv.conf");
        return fail_hint(fail, "--dns ADDR names servers to a new container");
    }
    if (!S_ISREG(status.st_mode)) {
        (void)fail_set(fail, "the container's /etc/resolv.conf is no file");
        return fail_hint(fail, "put a file in its place; --dns ADDR does to a new container");
    }
    *ret_fd = take_fd(&fd);
    return 0;
}

static bool parse_server(const char *text, union probe_server *ret_server)
{
    *ret_server = (union probe_server){.ip4.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &ret_server->ip4.sin_addr) == 1) {
        ret_server->ip4.sin_port = htons(DNS_PORT);
        return true;
    }
    *ret_server = (union probe_server){.ip6.sin6_family = AF_INET6};
    ret_server->ip6.sin6_port = htons(DNS_PORT);
    return inet_pton(AF_INET6, text, &ret_server->ip6.sin6_addr) == 1;
}

/* Those beyond the third are asked by nobody. */
static void parse_file(char *text, struct servers *servers)
{
    for (char *line; (line = strsep(&text, "\n")) != NULL && servers->count < SERVERS_MAX;) {
        char *words = NULL;
        const char *word = strtok_r(line, " \t\r", &words);
        if (word == NULL || strcmp(word, "nameserver") != 0)
            continue;
        word = strtok_r(NULL, " \t\r", &words);
        if (word != NULL && parse_server(word, &servers->servers[servers->count]))
            servers->count++;
    }
}

static int read_servers(const struct walk *walk, struct servers *servers, struct fail *fail)
{
    AUTO_FD int fd = -1;
    TRY(open_file(walk, &fd, fail));
    char *text = arena_alloc(walk->arena, FILE_MAX + 1);
    ssize_t size = read(fd, text, FILE_MAX);
    if (size < 0)
        return fail_sys(fail, "reading the container's /etc/resolv.conf");
    text[size] = '\0';
    parse_file(text, servers);
    if (servers->count > 0)
        return 0;
    (void)fail_set(fail, "the container's /etc/resolv.conf names no server");
    return fail_hint(fail, "--dns ADDR names servers to a new container");
}

static bool is_loopback(const union probe_server *server)
{
    if (server->any.sa_family == AF_INET)
        return ntohl(server->ip4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(&server->ip6.sin6_addr);
}

static const char *server_text(const struct walk *walk, const union probe_server *server)
{
    return server->any.sa_family == AF_INET ? walk_text(walk, AF_INET, &server->ip4.sin_addr)
                                            : walk_text(walk, AF_INET6, &server->ip6.sin6_addr);
}

/* Asks one from inside. Returns 0 or a negative errno; `*ret_words` says which. */
static int ask(const struct walk *walk, const union probe_server *server, const char **ret_words,
               struct fail *fail)
{
    int ms = 0;
    AUTO_FD int fd = -1;
    const char *text = server_text(walk, server);
    TRY(walk_socket(walk, server->any.sa_family, SOCK_DGRAM, 0, &fd, fail));
    int result = probe_resolver(fd, server, &ms);
    *ret_words = result == -ETIMEDOUT
                     ? arena_printf(walk->arena, "%s does not answer", text)
                     : arena_printf(walk->arena, "%s: %s", text, strerror(-result));
    if (result == 0)
        *ret_words = arena_printf(walk->arena, "%s answers, after %d ms", text, ms);
    return result;
}

static int hint_for_servers(const struct walk *walk, const struct servers *servers,
                            struct fail *fail)
{
    for (size_t i = 0; i < servers->count; i++)
        if (is_loopback(&servers->servers[i]) && walk->shape != WALK_HOST)
            return fail_hint(fail,
                             "%s is the container itself, not the host: --dns ADDR names "
                             "another one",
                             server_text(walk, &servers->servers[i]));
    if (walk->shape == WALK_HOST)
        return fail_hint(fail, "the host itself can't resolve names by them either");
    if (walk->dropping_chain != NULL)
        return fail_hint(fail,
                         "%s drops what it doesn't know: do its rules accept the answers, which "
                         "are forwarded to the bridge (-o, oifname)?",
                         walk->dropping_chain);
    return fail_hint(fail, "see whether the host reaches them; if it does, a firewall drops what "
                           "is forwarded to or from the container. --dns ADDR names others");
}

/* One that answers is enough: the C library goes on to it. */
int walk_resolver(struct walk *walk, const char **ret_found, struct fail *fail)
{
    struct servers servers = {.count = 0};
    const char *found = "";
    bool answered = false;
    if (walk->no_way_out) {
        *ret_found = "not asked: the container has no way out";
        return WALK_SKIP;
    }
    TRY(read_servers(walk, &servers, fail));
    for (size_t i = 0; i < servers.count && !answered; i++) {
        const char *words = NULL;
        answered = ask(walk, &servers.servers[i], &words, fail) == 0;
        if (words == NULL)
            return fail->code;
        found = arena_printf(walk->arena, "%s%s%s", found, i > 0 ? "; " : "", words);
    }
    *ret_found = found;
    if (answered)
        return 0;
    (void)fail_set(fail, "no name server answers: %s", found);
    return hint_for_servers(walk, &servers, fail);
}
