#include "resolv_conf.h"

#include <arpa/inet.h>
#include <string.h>

enum { WORD_MAX = 255 }; /* no name of the DNS is longer */

bool resolv_conf_is_word(const char *word)
{
    size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX)
        return false;
    for (const char *at = word; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
    return true;
}

/* ---- servers ---- */

static enum server_reach reach_of_ip4(struct in_addr address)
{
    uint32_t number = ntohl(address.s_addr);
    return number == INADDR_ANY || number >> 24 == 127 ? SERVER_LOOPBACK : SERVER_REAL;
}

static enum server_reach reach_of_ip6(const struct in6_addr *address)
{
    struct in_addr mapped;
    if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address))
        return SERVER_LOOPBACK;
    if (IN6_IS_ADDR_LINKLOCAL(address))
        return SERVER_SCOPED;
    if (!IN6_IS_ADDR_V4MAPPED(address))
        return SERVER_REAL;
    memcpy(&mapped, address->s6_addr + 12, sizeof(mapped));
    return reach_of_ip4(mapped);
}

enum server_reach resolv_conf_reach(const char *server)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr ip4;
    struct in6_addr ip6;
    if (inet_aton(server, &ip4) != 0) /* also "127.1", as the C libraries do */
        return reach_of_ip4(ip4);
    size_t length = strcspn(server, "%");
    if (length >= sizeof(text))
        return SERVER_INVALID;
    memcpy(text, server, length);
    text[length] = '\0';
    if (inet_pton(AF_INET6, text, &ip6) != 1)
        return SERVER_INVALID;
    enum server_reach reach = reach_of_ip6(&ip6);
    return server[length] == '%' && reach == SERVER_REAL ? SERVER_SCOPED : reach;
}

void resolv_conf_keep_reachable(struct resolv_conf *conf)
{
    size_t kept = 0;
    for (size_t i = 0; i < conf->server_count; i++)
        if (resolv_conf_reach(conf->servers[i]) == SERVER_REAL)
            conf->servers[kept++] = conf->servers[i];
    conf->server_count = kept;
    conf->reach[SERVER_LOOPBACK] = 0;
    conf->reach[SERVER_SCOPED] = 0;
}

/* ---- lines ---- */

/* The next word of a line, NULL at its end. A carriage return is a blank: the file may come from an
 * editor of another system. */
static char *next_word(char **cursor)
{
    char *word;
    while ((word = strsep(cursor, " \t\r\v\f")) != NULL)
        if (*word != '\0')
            return word;
    return NULL;
}

static void read_server(struct resolv_conf *conf, char *rest, struct arena *arena)
{
    const char *server = next_word(&rest);
    if (server == NULL || !resolv_conf_is_word(server))
        return;
    enum server_reach reach = resolv_conf_reach(server);
    if (reach == SERVER_INVALID)
        return;
    *ARENA_APPEND(arena, conf->servers, conf->server_count) = server;
    conf->reach[reach]++;
}

static void read_options(struct resolv_conf *conf, char *rest, struct arena *arena)
{
    for (const char *word; (word = next_word(&rest)) != NULL;)
        if (resolv_conf_is_word(word))
            *ARENA_APPEND(arena, conf->options, conf->option_count) = word;
}

/* The last line of its kind is the one that counts. */
static void read_searches(struct resolv_conf *conf, char *rest, struct arena *arena)
{
    conf->searches = NULL;
    conf->search_count = 0;
    for (const char *word; (word = next_word(&rest)) != NULL;)
        if (resolv_conf_is_word(word))
            *ARENA_APPEND(arena, conf->searches, conf->search_count) = word;
}

/* The older word for a search list of one. */
static void read_domain(struct resolv_conf *conf, char *rest, struct arena *arena)
{
    read_searches(conf, rest, arena);
    conf->search_count = conf->search_count > 0 ? 1 : 0;
}

static const struct {
    const char *keyword;
    void (*read)(struct resolv_conf *conf, char *rest, struct arena *arena);
} keywords[] = {
    {"nameserver", read_server},
    {"search", read_searches},
    {"domain", read_domain},
    {"options", read_options},
};

/* A keyword stands at the beginning of its line, and a blank behind it; what begins otherwise is a
 * comment or not for us. */
static void read_line(struct resolv_conf *conf, char *line, struct arena *arena)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        size_t length = strlen(keywords[i].keyword);
        if (strncmp(line, keywords[i].keyword, length) != 0)
            continue;
        if (line[length] == ' ' || line[length] == '\t')
            keywords[i].read(conf, line + length, arena);
        return;
    }
}

/* Behind a NUL, a line is lost to the C libraries as well. */
void resolv_conf_parse(const char *text, size_t size, struct arena *arena,
                       struct resolv_conf *ret_conf)
{
    struct resolv_conf conf = {.servers = NULL};
    char *line = arena_copy(arena, text, size);
    const char *end = line + size;
    while (line < end) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        if (newline != NULL)
            *newline = '\0';
        read_line(&conf, line, arena);
        if (newline == NULL)
            break;
        line = newline + 1;
    }
    *ret_conf = conf;
}

/* ---- writing ---- */

static const char *join_words(const char *keyword, const char *const *words, size_t count,
                              struct arena *arena)
{
    size_t size = strlen(keyword) + 2;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *line = arena_alloc(arena, size);
    char *end = stpcpy(line, keyword);
    for (size_t i = 0; i < count; i++) {
        *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    (void)stpcpy(end, "\n");
    return count > 0 ? line : "";
}

const char *resolv_conf_text(const struct resolv_conf *conf, struct arena *arena)
{
    const char **lines = NULL;
    size_t count = 0;
    for (size_t i = 0; i < conf->server_count; i++)
        *ARENA_APPEND(arena, lines, count) =
            arena_printf(arena, "nameserver %s\n", conf->servers[i]);
    *ARENA_APPEND(arena, lines, count) =
        join_words("search", conf->searches, conf->search_count, arena);
    *ARENA_APPEND(arena, lines, count) =
        join_words("options", conf->options, conf->option_count, arena);
    size_t size = sizeof("# made by launcher\n");
    for (size_t i = 0; i < count; i++)
        size += strlen(lines[i]);
    char *text = arena_alloc(arena, size);
    char *end = stpcpy(text, "# made by launcher\n");
    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, lines[i]);
    return text;
}
