#include "etc_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../in_place.h"
#include "../state_root.h"

static const char follows_mark[] = "# networks:";
static const char section_mark[] = "# network ";

/* ---- PURE: texts ---- */

struct text {
    struct arena *arena;
    char *bytes;
    size_t length, capacity;
};

static void append(struct text *text, const char *bytes, size_t length)
{
    if (text->length + length + 1 > text->capacity) {
        size_t capacity = 2 * (text->length + length + 1);
        char *larger = arena_alloc(text->arena, capacity);
        if (text->length > 0)
            memcpy(larger, text->bytes, text->length);
        text->bytes = larger;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static void append_string(struct text *text, const char *string)
{
    append(text, string, strlen(string));
}

/* A line of the header has a comment's sign, nothing at all, or the localhost that every hosts file
 * begins with. */
static bool is_lease_line(const char *line, size_t length)
{
    static const char *const headers[] = {"#", "127.", "::1 ", "::1\t"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (strncmp(line, headers[i], strlen(headers[i])) == 0)
            return false;
    return length > 0 && !isspace((unsigned char)*line);
}

const char *etc_lease_lines(const char *leases, struct arena *arena)
{
    struct text text = {.arena = arena};
    append_string(&text, "");
    for (const char *line = leases; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (is_lease_line(line, length)) {
            append(&text, line, length);
            append_string(&text, "\n");
        }
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    return text.bytes;
}

static bool named_before(const struct spec_network *network, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(network->interfaces[i].network, network->interfaces[index].network) == 0)
            return true;
    return false;
}

const char *etc_hosts_own(const struct spec_network *network, struct arena *arena)
{
    struct text text = {.arena = arena};
    append_string(&text, follows_mark);
    for (size_t i = 0; i < network->interface_count; i++) {
        if (named_before(network, i))
            continue;
        append_string(&text, " ");
        append_string(&text, network->interfaces[i].network);
    }
    append_string(&text, "\n127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
    for (size_t i = 0; i < network->host_count; i++)
        append_string(
            &text, arena_printf(arena, "%s %s\n", network->hosts[i].value, network->hosts[i].key));
    return text.bytes;
}

const char **etc_hosts_networks(const char *text, struct arena *arena)
{
    const char **names = NULL;
    size_t count = 0;
    size_t mark = sizeof(follows_mark) - 1;
    if (strncmp(text, follows_mark, mark) == 0) {
        char *rest = arena_copy(arena, text + mark, strcspn(text + mark, "\n"));
        for (const char *name; (name = strsep(&rest, " ")) != NULL;)
            if (*name != '\0')
                *ARENA_APPEND(arena, names, count) = name;
    }
    *ARENA_APPEND(arena, names, count) = NULL;
    return names;
}

/* All of a file up to the first section, which is always at the beginning of a line. */
static const char *own_part(const char *text, struct arena *arena)
{
    const char *section = strstr(text, section_mark);
    while (section != NULL && section != text && section[-1] != '\n')
        section = strstr(section + 1, section_mark);
    /* what a shorter content left is newlines */
    size_t length = section == NULL ? strlen(text) : (size_t)(section - text);
    while (length > 1 && text[length - 1] == '\n' && text[length - 2] == '\n')
        length--;
    return arena_copy(arena, text, length);
}

/* ---- files ---- */

int etc_resolv_write(int root_fd, const char *id, const char *text, struct fail *fail)
{
    AUTO_ARENA struct arena arena = {0};
    return in_place_write(root_fd, arena_printf(&arena, "%s" ETC_RESOLV, id), "", text, fail);
}

/* ---- hosts ---- */

static const char *leases_of(int root_fd, const char *network, struct arena *arena)
{
    char *leases = NULL;
    struct fail ignored = {.code = 0};
    const char *name = arena_printf(arena, "%s.leases", network);
    if (state_root_read(root_fd, name, arena, &leases, NULL, &ignored) < 0)
        return "";
    return etc_lease_lines(leases, arena);
}

/* `own`: what comes before the networks, its first line says which. */
static const char *complete(int root_fd, const char *own, struct arena *arena)
{
    struct text text = {.arena = arena};
    append_string(&text, own);
    for (const char **name = etc_hosts_networks(own, arena); *name != NULL; name++) {
        append_string(&text, section_mark);
        append_string(&text, *name);
        append_string(&text, "\n");
        append_string(&text, leases_of(root_fd, *name, arena));
    }
    return text.bytes;
}

int etc_hosts_write(int root_fd, const char *id, const struct spec_network *network,
                    struct arena *arena, struct fail *fail)
{
    const char *name = arena_printf(arena, "%s" ETC_HOSTS, id);
    const char *text = complete(root_fd, etc_hosts_own(network, arena), arena);
    return in_place_write(root_fd, name, "", text, fail);
}

/* Only when the file follows the network. */
static int refresh(int root_fd, const char *name, const char *network, struct arena *arena,
                   struct fail *fail)
{
    struct fail missing = {.code = 0};
    char *before = NULL;
    int result = state_root_read(root_fd, name, arena, &before, NULL, &missing);
    if (result < 0 && result != -ENOENT)
        *fail = missing;
    if (result < 0)
        return result == -ENOENT ? 0 : result;
    const char **names = etc_hosts_networks(before, arena);
    while (*names != NULL && strcmp(*names, network) != 0)
        names++;
    if (*names == NULL)
        return 0;
    const char *after = complete(root_fd, own_part(before, arena), arena);
    if (strcmp(before, after) == 0)
        return 0;
    return in_place_write(root_fd, name, before, after, fail);
}

static bool is_hosts_file(const char *name)
{
    size_t length = strlen(name), ending = sizeof(ETC_HOSTS) - 1;
    return length > ending && strcmp(name + length - ending, ETC_HOSTS) == 0;
}

int etc_hosts_refresh_all(int root_fd, const char *network, struct arena *arena, struct fail *fail)
{
    AUTO_FD int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (entries == NULL)
        return fail_sys(fail, "reading the state directory");
    (void)take_fd(&fd); /* closedir closes it */
    int result = 0;
    for (const struct dirent *entry; result == 0 && (entry = readdir(entries)) != NULL;)
        if (is_hosts_file(entry->d_name))
            result = refresh(root_fd, entry->d_name, network, arena, fail);
    (void)closedir(entries);
    return result;
}

void etc_files_remove(int root_fd, const char *id)
{
    static const char *const endings[] = {ETC_RESOLV, ETC_HOSTS};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char name[NAME_MAX + 1];
        int length = snprintf(name, sizeof(name), "%s%s", id, endings[i]);
        if (length > 0 && (size_t)length < sizeof(name))
            (void)unlinkat(root_fd, name, 0);
    }
}
