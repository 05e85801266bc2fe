#include "etc_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ETC_FILE_MAX = 16 * 1024 * 1024 }; /* a /16 of containers with long names: 10 MiB */

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

/* The content of a regular file. Errors: also -ENOENT. */
static int read_file(int root_fd, const char *name, struct arena *arena, const char **ret_text,
                     struct fail *fail)
{
    struct stat status;
    AUTO_FD int fd = openat(root_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening %s", name);
    if (!S_ISREG(status.st_mode) || status.st_size > ETC_FILE_MAX)
        return fail_code(fail, -EFBIG, "reading %s", name);
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    size_t used = 0;
    while (used < (size_t)status.st_size) {
        ssize_t got = pread(fd, text + used, (size_t)status.st_size - used, (off_t)used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_sys(fail, "reading %s", name);
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *ret_text = text;
    return 0;
}

/* Writes what is behind the first `done` bytes. */
static int write_from(int fd, const char *name, const char *bytes, size_t done, size_t size,
                      struct fail *fail)
{
    while (done < size) {
        ssize_t written = pwrite(fd, bytes + done, size - done, (off_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_sys(fail, "writing %s", name);
        done += (size_t)written;
    }
    return 0;
}

static size_t common_prefix(const char *one, const char *other)
{
    size_t length = 0;
    while (one[length] != '\0' && one[length] == other[length])
        length++;
    return length;
}

/* In place, since the file is mounted somewhere: a new one under the old name would never be seen.
 * What is left of a longer content is overwritten with empty lines in the same write, and cut off
 * only then, so that nothing of it is ever read behind the new one. What stays the same is not
 * touched, so that a line more at the end leaves all others alone. Still neither read(2) nor write(2)
 * of several pages is atomic: for the time of one write a reader may find the end of an old page
 * behind the beginning of a new one, or a line that ends where a page does.
 * `before`: the content, or its beginning. */
static int overwrite(int fd, const char *name, const char *before, const char *text,
                     struct arena *arena, struct fail *fail)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return fail_sys(fail, "looking at %s", name);
    if (!S_ISREG(status.st_mode))
        return fail_code(fail, -EINVAL, "writing %s, which is no regular file", name);
    size_t length = strlen(text);
    size_t old = status.st_size > ETC_FILE_MAX ? 0 : (size_t)status.st_size;
    size_t size = length > old ? length : old;
    char *padded = arena_alloc(arena, size + 1);
    (void)stpcpy(padded, text);
    memset(padded + length, '\n', size - length);
    TRY(write_from(fd, name, padded, common_prefix(before, text), size, fail));
    return ftruncate(fd, (off_t)length) < 0 ? fail_sys(fail, "shortening %s", name) : 0;
}

/* Everybody may read it, whatever the umask: the payload may be any user. */
static int write_file(int root_fd, const char *name, const char *text, struct arena *arena,
                      struct fail *fail)
{
    AUTO_FD int fd =
        openat(root_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
        return fail_sys(fail, "creating %s", name);
    if (fchmod(fd, 0644) < 0)
        return fail_sys(fail, "changing the mode of %s", name);
    return overwrite(fd, name, "", text, arena, fail);
}

int etc_resolv_write(int root_fd, const char *id, const char *text, struct fail *fail)
{
    AUTO_ARENA struct arena arena = {0};
    return write_file(root_fd, arena_printf(&arena, "%s" ETC_RESOLV, id), text, &arena, fail);
}

/* ---- hosts ---- */

static const char *leases_of(int root_fd, const char *network, struct arena *arena)
{
    const char *leases = "";
    struct fail ignored = {.code = 0};
    if (read_file(root_fd, arena_printf(arena, "%s.leases", network), arena, &leases, &ignored) < 0)
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
    return write_file(root_fd, name, text, arena, fail);
}

/* `network`: only when the file follows it; NULL: in any case. */
static int refresh(int root_fd, const char *name, const char *network, struct arena *arena,
                   struct fail *fail)
{
    struct fail missing = {.code = 0};
    const char *before = "";
    int result = read_file(root_fd, name, arena, &before, &missing);
    if (result < 0 && result != -ENOENT)
        *fail = missing;
    if (result < 0)
        return result == -ENOENT ? 0 : result;
    const char **names = etc_hosts_networks(before, arena);
    while (network != NULL && *names != NULL && strcmp(*names, network) != 0)
        names++;
    if (*names == NULL)
        return 0;
    const char *after = complete(root_fd, own_part(before, arena), arena);
    if (strcmp(before, after) == 0)
        return 0;
    AUTO_FD int fd = openat(root_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(fail, "opening %s", name);
    return overwrite(fd, name, before, after, arena, fail);
}

int etc_hosts_refresh(int root_fd, const char *id, struct arena *arena, struct fail *fail)
{
    return refresh(root_fd, arena_printf(arena, "%s" ETC_HOSTS, id), NULL, arena, fail);
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
