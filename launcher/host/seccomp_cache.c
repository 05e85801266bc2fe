#include "seccomp_cache.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shared/fully.h"

enum { KEY_SIZE_MAX = 256 * 1024, NAME_SIZE = sizeof("seccomp-0123456789abcdef.bpf") };

struct cache_header {
    char magic[8];
    uint32_t key_size; /* the key follows, then the instructions */
    uint32_t count;
    uint64_t checksum; /* of the instructions: against accidents, which nobody would see */
};
static_assert(sizeof(struct cache_header) == 24, "a file that is read as it was written");

static const char MAGIC[8] = "bpfkept1";

/* ---- the key: who compiles, and what ---- */

/* It is gone through several times, and never needs memory of its own but to be written. */
struct key {
    size_t size;
    uint64_t hash;
    const char *compared; /* is it the same as these bytes? NULL: not asked */
    bool differs;
    char *written; /* where it is copied to; NULL: nowhere */
};

static uint64_t mix(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(hash)) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, size - at < sizeof(word) ? size - at : sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

static void put(struct key *key, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (key->compared != NULL)
        key->differs = key->differs || memcmp(key->compared + key->size, bytes, size) != 0;
    else if (key->written != NULL)
        memcpy(key->written + key->size, bytes, size);
    else
        key->hash = mix(key->hash, bytes, size);
    key->size += size;
}

static void put_number(struct key *key, uint64_t number)
{
    put(key, &number, sizeof(number));
}

/* The linker's build ID is among the notes of a program, elf(5): a checksum of all that is in it. So
 * nobody has to remember to count up a version when another filter comes out. */
static int put_notes(struct dl_phdr_info *program, size_t size, void *context)
{
    struct key *key = context;
    (void)size;
    for (unsigned i = 0; i < program->dlpi_phnum; i++)
        if (program->dlpi_phdr[i].p_type == PT_NOTE)
            put(key, (const void *)(program->dlpi_addr + program->dlpi_phdr[i].p_vaddr),
                program->dlpi_phdr[i].p_memsz);
    return 1; /* the first is the program itself, the others are libraries */
}

/* Its lengths and counts stand before what they count, so no two rules have the same bytes. */
static void put_rule(struct key *key, const struct spec_seccomp_rule *rule)
{
    put_number(key, (uint64_t)rule->action << 32 | (rule->has_errno ? UINT32_C(1) << 31 : 0) |
                        rule->errno_return);
    put_number(key, rule->argument_count);
    for (size_t i = 0; i < rule->argument_count; i++) {
        const struct spec_seccomp_argument *argument = &rule->arguments[i];
        put_number(key, (uint64_t)argument->index << 32 | argument->operation);
        put_number(key, argument->value);
        put_number(key, argument->value_two);
    }
    put_number(key, rule->name_count);
    for (size_t i = 0; i < rule->name_count; i++)
        put(key, rule->names[i], strlen(rule->names[i]) + 1);
}

/* False: there is no way to tell this launcher from others, or the profile is too large to be kept. */
static bool go_through(struct key *key, const struct spec_seccomp *profile)
{
    (void)dl_iterate_phdr(put_notes, key);
    if (key->size == 0)
        return false;
    put_number(key, (uint64_t)profile->default_action << 32 |
                        (profile->has_default_errno ? UINT32_C(1) << 31 : 0) |
                        profile->default_errno);
    put_number(key, profile->architecture_count);
    put(key, profile->architectures, profile->architecture_count * sizeof(*profile->architectures));
    put_number(key, profile->rule_count);
    for (size_t i = 0; i < profile->rule_count; i++)
        put_rule(key, &profile->rules[i]);
    put(key, "\0\0\0\0\0\0\0", -key->size % sizeof(uint64_t)); /* what follows is aligned */
    return key->size <= KEY_SIZE_MAX;
}

static void name_file(const struct key *key, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "seccomp-%016" PRIx64 ".bpf", key->hash);
}

/* ---- looking ---- */

static bool read_file(int root_fd, const char *name, struct arena *arena, char **ret_bytes,
                      size_t *ret_size)
{
    struct stat status;
    size_t largest =
        sizeof(struct cache_header) + KEY_SIZE_MAX + BPF_MAXINSNS * sizeof(struct sock_filter);
    AUTO_FD int fd = openat(root_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid() || (status.st_mode & 022) != 0 ||
        (size_t)status.st_size > largest)
        return false;
    *ret_size = (size_t)status.st_size;
    *ret_bytes = arena_alloc(arena, *ret_size + 1);
    return read_fully(fd, *ret_bytes, *ret_size) == status.st_size;
}

/* Whether the file is whole, and holds the filter of just this profile. */
static bool is_right(const char *bytes, size_t size, const struct key *key,
                     const struct spec_seccomp *profile)
{
    struct cache_header header;
    if (size < sizeof(header))
        return false;
    memcpy(&header, bytes, sizeof(header));
    if (memcmp(header.magic, MAGIC, sizeof(MAGIC)) != 0 || header.key_size != key->size ||
        header.count == 0 || header.count > BPF_MAXINSNS ||
        size != sizeof(header) + key->size + header.count * sizeof(struct sock_filter))
        return false;
    const char *instructions = bytes + sizeof(header) + key->size;
    if (mix(0, instructions, header.count * sizeof(struct sock_filter)) != header.checksum)
        return false;
    struct key again = {.compared = bytes + sizeof(header)};
    return go_through(&again, profile) && !again.differs;
}

bool seccomp_cache_find(int root_fd, const struct spec_seccomp *profile, struct arena *arena,
                        const struct sock_filter **ret_filter, size_t *ret_count)
{
    struct key key = {.size = 0};
    char name[NAME_SIZE], *bytes = NULL;
    size_t size = 0;
    if (!go_through(&key, profile))
        return false;
    name_file(&key, name);
    if (!read_file(root_fd, name, arena, &bytes, &size) || !is_right(bytes, size, &key, profile))
        return false;
    /* aligned: the arena's memory is, and so are the sizes of header and key */
    size_t begin = sizeof(struct cache_header) + key.size;
    *ret_filter = (const struct sock_filter *)(const void *)(bytes + begin);
    *ret_count = (size - begin) / sizeof(struct sock_filter);
    return true;
}

/* ---- keeping ---- */

static bool is_ours(const char *name)
{
    return strncmp(name, "seccomp-", 8) == 0 && strlen(name) == NAME_SIZE - 1 &&
           strcmp(name + NAME_SIZE - 5, ".bpf") == 0;
}

static DIR *open_root(int root_fd)
{
    int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (entries == NULL && fd >= 0)
        (void)close(fd);
    return entries;
}

static bool is_older(const struct timespec *left, const struct timespec *right)
{
    return left->tv_sec != right->tv_sec ? left->tv_sec < right->tv_sec
                                         : left->tv_nsec < right->tv_nsec;
}

/* Makes room for one more. */
static void remove_oldest(int root_fd)
{
    char oldest[NAME_SIZE] = "";
    struct timespec oldest_time = {.tv_sec = 0};
    size_t count = 0;
    DIR *entries = open_root(root_fd);
    if (entries == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        struct stat status;
        if (!is_ours(entry->d_name) ||
            fstatat(root_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (count++ > 0 && !is_older(&status.st_mtim, &oldest_time))
            continue;
        memcpy(oldest, entry->d_name, sizeof(oldest));
        oldest_time = status.st_mtim;
    }
    (void)closedir(entries);
    if (count >= SECCOMP_CACHE_FILES)
        (void)unlinkat(root_fd, oldest, 0); /* what stays is the next one's to remove */
}

static bool write_file(int fd, const struct key *key, const struct spec_seccomp *profile,
                       const struct sock_filter *filter, size_t count, struct arena *arena)
{
    struct cache_header header = {
        .key_size = (uint32_t)key->size,
        .count = (uint32_t)count,
        .checksum = mix(0, (const char *)filter, count * sizeof(*filter)),
    };
    struct key again = {.written = arena_alloc(arena, key->size)};
    memcpy(header.magic, MAGIC, sizeof(MAGIC));
    return go_through(&again, profile) && write_fully(fd, &header, sizeof(header)) == 0 &&
           write_fully(fd, again.written, again.size) == 0 &&
           write_fully(fd, filter, count * sizeof(*filter)) == 0;
}

/* The file gets its name when it is complete: nobody reads half of it, and nothing is left of it
 * should launcher be killed here. */
void seccomp_cache_keep(int root_fd, const struct spec_seccomp *profile,
                        const struct sock_filter *filter, size_t count, struct arena *arena)
{
    struct key key = {.size = 0};
    char name[NAME_SIZE], source[64];
    if (!go_through(&key, profile))
        return;
    AUTO_FD int fd = openat(root_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || !write_file(fd, &key, profile, filter, count, arena))
        return;
    remove_oldest(root_fd);
    name_file(&key, name);
    (void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    (void)unlinkat(root_fd, name, 0); /* damaged, or another profile's: else it had been found */
    (void)linkat(AT_FDCWD, source, root_fd, name, AT_SYMLINK_FOLLOW); /* EEXIST: another's */
}

void seccomp_cache_clear(int root_fd)
{
    DIR *entries = open_root(root_fd);
    if (entries == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_ours(entry->d_name))
            (void)unlinkat(root_fd, entry->d_name, 0); /* it is a cache: what stays is used again */
    (void)closedir(entries);
}
