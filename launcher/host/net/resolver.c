#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../../shared/fully.h"
#include "pasta.h"
#include "resolv_conf.h"

enum { RESOLV_CONF_MAX = 64 * 1024 };

static const char host_file[] = "/etc/resolv.conf";

/* Where a resolver that listens on a loopback address says which servers it asks itself. The first
 * that names a real one is taken. */
static const char *const upstream_files[] = {
    "/run/systemd/resolve/resolv.conf",
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/NetworkManager/resolv.conf",
};

struct source {
    const char *path; /* with the root before it */
    bool found;
    struct resolv_conf conf;
};

/* ---- reading ---- */

/* Returns the size, -1: not there, no regular file, or too long. O_NONBLOCK: opening a FIFO must not
 * wait for a writer. */
static ssize_t read_small_file(const char *path, char *buffer, size_t size)
{
    struct stat status;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return -1;
    ssize_t used = read_fully(fd, buffer, size);
    return used < (ssize_t)size ? used : -1;
}

static struct source read_source(const char *root, const char *file, struct arena *arena)
{
    struct source source = {.path = arena_printf(arena, "%s%s", root, file)};
    char buffer[RESOLV_CONF_MAX + 1]; /* one byte more tells that a file is too long */
    ssize_t size = read_small_file(source.path, buffer, sizeof(buffer));
    if (size < 0)
        return source;
    source.found = true;
    resolv_conf_parse(buffer, (size_t)size, arena, &source.conf);
    return source;
}

/* The host's file, or the one behind it that names real servers when it names none itself. */
static struct source choose_source(const char *root, struct arena *arena)
{
    struct source host = read_source(root, host_file, arena);
    for (size_t i = 0; i < sizeof(upstream_files) / sizeof(upstream_files[0]); i++) {
        if (host.conf.reach[SERVER_REAL] > 0)
            break;
        struct source upstream = read_source(root, upstream_files[i], arena);
        if (upstream.conf.reach[SERVER_REAL] > 0)
            return upstream;
    }
    return host;
}

/* ---- what the flags say ---- */

static int check_word(const char *flag, const char *word, struct fail *fail)
{
    if (resolv_conf_is_word(word))
        return 0;
    return fail_set(fail, "%s \"%.100s\": it must be one word", flag, word);
}

static int check_flags(const struct spec_network *network, struct fail *fail)
{
    for (size_t i = 0; i < network->dns_server_count; i++) {
        TRY(check_word("--dns", network->dns_servers[i], fail));
        if (resolv_conf_reach(network->dns_servers[i]) == SERVER_INVALID)
            return fail_set(fail, "--dns %.100s: that is no IP address", network->dns_servers[i]);
    }
    for (size_t i = 0; i < network->dns_search_count; i++)
        TRY(check_word("--dns-search", network->dns_searches[i], fail));
    for (size_t i = 0; i < network->dns_option_count; i++)
        TRY(check_word("--dns-option", network->dns_options[i], fail));
    return 0;
}

static bool any_flags(const struct spec_network *network)
{
    return network->dns_server_count + network->dns_search_count + network->dns_option_count > 0;
}

/* "ndots:2" takes the place of "ndots:1". */
static void set_option(struct resolv_conf *conf, const char *option, struct arena *arena)
{
    size_t length = strcspn(option, ":");
    for (size_t i = 0; i < conf->option_count; i++) {
        if (strcspn(conf->options[i], ":") != length ||
            strncmp(conf->options[i], option, length) != 0)
            continue;
        conf->options[i] = option;
        return;
    }
    *ARENA_APPEND(arena, conf->options, conf->option_count) = option;
}

/* Servers and searches take the place of the host's, each kind for itself. A search of "." alone is
 * how none at all is said. */
static void apply_flags(const struct spec_network *network, struct resolv_conf *conf,
                        struct arena *arena)
{
    if (network->dns_server_count > 0) {
        conf->servers = network->dns_servers;
        conf->server_count = network->dns_server_count;
    }
    if (network->dns_search_count > 0) {
        bool none = network->dns_search_count == 1 && strcmp(network->dns_searches[0], ".") == 0;
        conf->searches = network->dns_searches;
        conf->search_count = none ? 0 : network->dns_search_count;
    }
    for (size_t i = 0; i < network->dns_option_count; i++)
        set_option(conf, network->dns_options[i], arena);
}

/* ---- deciding ---- */

static bool wants_other_namespace(enum net_mode mode)
{
    return mode != NET_HOST;
}

/* pasta hands on what is sent to PASTA_DNS to the host's first IPv4 server, also to a loopback one. */
static bool pasta_can_forward(const struct resolv_conf *conf)
{
    for (size_t i = 0; i < conf->server_count; i++)
        if (strchr(conf->servers[i], ':') == NULL)
            return resolv_conf_reach(conf->servers[i]) == SERVER_LOOPBACK;
    return false;
}

static void warn_without_server(const struct source *source, struct arena *arena,
                                struct resolver *resolver)
{
    const char *why = !source->found ? "can't be read, or is longer than 64 KiB"
                      : source->conf.server_count == 0
                          ? "names no server"
                          : "names only servers that can't be reached from another network";
    resolver->warning =
        arena_printf(arena, "the container will not resolve names: %s %s", source->path, why);
    resolver->hint = "--dns ADDR names a server; --net host uses the host's own";
}

/* The servers of the host's that are of use inside. */
static void choose_servers(const struct spec_network *network, const struct source *source,
                           struct arena *arena, struct resolv_conf *conf, struct resolver *resolver)
{
    if (!wants_other_namespace(network->mode) || network->dns_server_count > 0)
        return;
    bool forward = network->mode == NET_PASTA && pasta_can_forward(conf);
    resolv_conf_keep_reachable(conf);
    if (conf->server_count > 0)
        return;
    if (forward)
        *ARENA_APPEND(arena, conf->servers, conf->server_count) = PASTA_DNS;
    else if (network->mode == NET_BRIDGE || network->mode == NET_PASTA)
        warn_without_server(source, arena, resolver);
}

/* A file that can be seen from inside as it is. */
static bool fits_as_it_is(const struct spec_network *network, const struct source *source)
{
    if (!source->found || any_flags(network))
        return false;
    return !wants_other_namespace(network->mode) ||
           (source->conf.reach[SERVER_REAL] > 0 &&
            source->conf.reach[SERVER_REAL] == source->conf.server_count);
}

int resolver_decide(const struct spec_network *network, const char *host_root, struct arena *arena,
                    struct resolver *ret_resolver, struct fail *fail)
{
    struct resolver resolver = {.path = NULL};
    TRY(check_flags(network, fail));
    struct source source = wants_other_namespace(network->mode)
                               ? choose_source(host_root, arena)
                               : read_source(host_root, host_file, arena);
    if (fits_as_it_is(network, &source)) {
        resolver.path = source.path;
    } else {
        struct resolv_conf conf = source.conf;
        choose_servers(network, &source, arena, &conf, &resolver);
        apply_flags(network, &conf, arena);
        resolver.text = resolv_conf_text(&conf, arena);
    }
    *ret_resolver = resolver;
    return 0;
}
