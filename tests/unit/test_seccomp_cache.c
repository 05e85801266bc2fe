/* Kept seccomp filters: found for exactly the same profile, for no other, and never from a file that is
 * not as it was written. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../launcher/host/seccomp_cache.h"
#include "../../launcher/host/seccomp_profile.h"
#include "tap.h"

static char directory[] = "/tmp/test-seccomp-cache-XXXXXX";

/* A profile with something in every field; its parts may be changed. */
struct sample {
    const char *names[2];
    struct spec_seccomp_argument argument;
    struct spec_seccomp_rule rules[2];
    uint32_t architectures[2];
    struct spec_seccomp profile;
};

static void fill_sample(struct sample *sample)
{
    *sample = (struct sample){
        .names = {"read", "write"},
        .argument = {.index = 1, .operation = 4, .value = 7, .value_two = 8},
        .architectures = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386},
    };
    sample->rules[0] = (struct spec_seccomp_rule){
        .names = sample->names, .name_count = 2, .action = SECCOMP_RET_ALLOW};
    sample->rules[1] = (struct spec_seccomp_rule){.names = sample->names,
                                                  .name_count = 1,
                                                  .action = SECCOMP_RET_ERRNO,
                                                  .has_errno = true,
                                                  .errno_return = 38,
                                                  .arguments = &sample->argument,
                                                  .argument_count = 1};
    sample->profile = (struct spec_seccomp){.default_action = SECCOMP_RET_ERRNO,
                                            .architectures = sample->architectures,
                                            .architecture_count = 2,
                                            .rules = sample->rules,
                                            .rule_count = 2};
}

enum look { MISSING, KEPT, WRONG };

/* Whether there is a filter of the profile, and whether it is what would be compiled. */
static enum look look(int root_fd, const struct spec_seccomp *profile)
{
    AUTO_ARENA struct arena arena = {0};
    const struct sock_filter *filter = NULL, *compiled = NULL;
    size_t count = 0, compiled_count = 0;
    struct fail fail = {.code = 0};
    if (!seccomp_cache_find(root_fd, profile, &arena, &filter, &count))
        return MISSING;
    if (seccomp_profile_compile(profile, &arena, &compiled, &compiled_count, &fail) < 0 ||
        count != compiled_count || memcmp(filter, compiled, count * sizeof(*filter)) != 0)
        return WRONG;
    return KEPT;
}

static void keep(int root_fd, const struct spec_seccomp *profile)
{
    AUTO_ARENA struct arena arena = {0};
    const struct sock_filter *filter = NULL;
    size_t count = 0;
    struct fail fail = {.code = 0};
    if (seccomp_profile_compile(profile, &arena, &filter, &count, &fail) == 0)
        seccomp_cache_keep(root_fd, profile, filter, count, &arena);
}

/* The names of the kept files; returns how many. */
static size_t list(char names[][64], size_t max)
{
    char command[128];
    size_t count = 0;
    (void)snprintf(command, sizeof(command), "ls -tr %s", directory); /* the oldest first */
    FILE *output = popen(command, "r");                               /* NOLINT: a name of ours */
    while (output != NULL && count < max && fgets(names[count], 64, output) != NULL) {
        names[count][strcspn(names[count], "\n")] = '\0';
        count++;
    }
    (void)pclose(output);
    return count;
}

static void change_action(struct sample *sample)
{
    sample->rules[0].action = SECCOMP_RET_LOG;
}

static void change_errno(struct sample *sample)
{
    sample->rules[1].errno_return = 39;
}

static void drop_errno(struct sample *sample)
{
    sample->rules[1].has_errno = false;
}

static void change_value(struct sample *sample)
{
    sample->argument.value = 9;
}

static void change_second_value(struct sample *sample)
{
    sample->argument.value_two = 9;
}

static void change_operation(struct sample *sample)
{
    sample->argument.operation = 5;
}

static void change_index(struct sample *sample)
{
    sample->argument.index = 2;
}

static void drop_argument(struct sample *sample)
{
    sample->rules[1].argument_count = 0;
}

static void change_name(struct sample *sample)
{
    sample->names[1] = "writev";
}

static void drop_rule(struct sample *sample)
{
    sample->profile.rule_count = 1;
}

static void drop_architecture(struct sample *sample)
{
    sample->profile.architecture_count = 1;
}

static void change_default(struct sample *sample)
{
    sample->profile.default_action = SECCOMP_RET_ALLOW;
}

static void change_default_errno(struct sample *sample)
{
    sample->profile.has_default_errno = true;
    sample->profile.default_errno = 1;
}

static void test_differences(int root_fd)
{
    static const struct {
        const char *name;
        void (*change)(struct sample *sample);
    } rows[] = {
        {"another action", change_action},
        {"another errno", change_errno},
        {"no errno", drop_errno},
        {"another value", change_value},
        {"another second value", change_second_value},
        {"another operation", change_operation},
        {"another argument", change_index},
        {"no argument", drop_argument},
        {"another name", change_name},
        {"a rule less", drop_rule},
        {"a machine less", drop_architecture},
        {"another default", change_default},
        {"another default errno", change_default_errno},
    };
    struct sample sample;
    fill_sample(&sample);
    is_int(look(root_fd, &sample.profile), MISSING, "at first there is none");
    keep(root_fd, &sample.profile);
    is_int(look(root_fd, &sample.profile), KEPT, "a filter is kept");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fill_sample(&sample);
        rows[i].change(&sample);
        is_int(look(root_fd, &sample.profile), MISSING, rows[i].name);
    }
}

/* One name for two profiles is what a colliding hash would mean. */
static void test_collision(int root_fd)
{
    char names[4][64] = {"", "", "", ""};
    struct sample one, other;
    seccomp_cache_clear(root_fd);
    fill_sample(&one);
    fill_sample(&other);
    change_value(&other);
    keep(root_fd, &one.profile);
    (void)usleep(20000);
    keep(root_fd, &other.profile);
    is_int((long long)list(names, 4), 2, "two profiles, two files");
    (void)renameat(root_fd, names[1], root_fd, names[0]);
    is_int(look(root_fd, &one.profile), MISSING, "the file of another profile under one's name");
    keep(root_fd, &one.profile);
    is_int(look(root_fd, &one.profile), KEPT, "  is replaced");
}

static void damage(int root_fd, const char *name, off_t at)
{
    unsigned char byte = 0;
    AUTO_FD int fd = openat(root_fd, name, O_RDWR | O_CLOEXEC);
    if (pread(fd, &byte, 1, at) == 1) {
        byte ^= 1;
        (void)!pwrite(fd, &byte, 1, at);
    }
}

static void test_damage(int root_fd)
{
    enum { COUNT_AT = 12, CHECKSUM_AT = 16, KEY_AT = 24 };
    char names[2][64] = {"", ""};
    struct stat status;
    struct sample sample;
    fill_sample(&sample);
    seccomp_cache_clear(root_fd);
    is_int((long long)list(names, 2), 0, "all are removed");
    keep(root_fd, &sample.profile);
    is_int((long long)list(names, 2), 1, "one is made");
    (void)fstatat(root_fd, names[0], &status, 0);
    off_t places[] = {0, 8, COUNT_AT, CHECKSUM_AT, KEY_AT, KEY_AT + 100, 0};
    places[sizeof(places) / sizeof(places[0]) - 1] = status.st_size - 1;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        damage(root_fd, names[0], places[i]);
        is_int(look(root_fd, &sample.profile), MISSING,
               "another byte in header, profile or filter");
        damage(root_fd, names[0], places[i]);
    }
    is_int(look(root_fd, &sample.profile), KEPT, "the right bytes");
    ok(fstatat(root_fd, names[0], &status, 0) == 0 && (status.st_mode & 0777) == 0600,
       "the file is for its owner only");
    (void)fchmodat(root_fd, names[0], 0620, 0);
    is_int(look(root_fd, &sample.profile), MISSING, "  and must have been so");
    (void)fchmodat(root_fd, names[0], 0600, 0);
    (void)renameat(root_fd, names[0], root_fd, "elsewhere");
    (void)symlinkat("elsewhere", root_fd, names[0]);
    is_int(look(root_fd, &sample.profile), MISSING, "a symlink to it");
    keep(root_fd, &sample.profile);
    is_int(look(root_fd, &sample.profile), KEPT, "  is replaced");
    (void)unlinkat(root_fd, "elsewhere", 0);
    AUTO_FD int fd = openat(root_fd, names[0], O_WRONLY | O_CLOEXEC);
    for (off_t size = status.st_size - 1; size >= 0; size -= 13) {
        (void)ftruncate(fd, size); /* NOLINT: look tells */
        if (look(root_fd, &sample.profile) != MISSING)
            ok(false, "cut off anywhere");
    }
    is_int(look(root_fd, &sample.profile), MISSING, "cut off anywhere");
    (void)unlinkat(root_fd, names[0], 0);
    (void)mkfifoat(root_fd, names[0], 0600);
    is_int(look(root_fd, &sample.profile), MISSING, "a FIFO in its place");
}

static void test_limits(int root_fd)
{
    static char names[SECCOMP_CACHE_FILES + 8][64];
    struct sample sample;
    fill_sample(&sample);
    seccomp_cache_clear(root_fd);
    keep(root_fd, &sample.profile);
    (void)usleep(20000); /* the clock of file times ticks slowly */
    is_int(look(root_fd, &sample.profile), KEPT, "the first is there");
    for (uint64_t i = 100; i < 100 + SECCOMP_CACHE_FILES; i++) {
        struct sample another;
        fill_sample(&another);
        another.argument.value = i;
        keep(root_fd, &another.profile);
    }
    is_int((long long)list(names, SECCOMP_CACHE_FILES + 8), SECCOMP_CACHE_FILES,
           "no more than so many are kept");
    is_int(look(root_fd, &sample.profile), MISSING, "the oldest went");

    enum { MANY = 40000 };
    AUTO_ARENA struct arena arena = {0};
    const char **many = arena_alloc(&arena, MANY * sizeof(*many));
    for (size_t i = 0; i < MANY; i++)
        many[i] = "no_such_call";
    sample.rules[0].names = many;
    sample.rules[0].name_count = MANY;
    keep(root_fd, &sample.profile);
    is_int(look(root_fd, &sample.profile), MISSING, "a profile of 500 KB is not kept");
    seccomp_cache_clear(root_fd);
    is_int((long long)list(names, 8), 0, "all are removed");
}

/* In a child: the mount is for it alone. */
static int fill_disk(void)
{
    struct sample sample;
    fill_sample(&sample);
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("small", directory, "tmpfs", 0, "size=4k") < 0)
        return 2;
    int root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int filler_fd = openat(root_fd, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char page[4096] = {1};
    (void)!write(filler_fd, page, sizeof(page));
    keep(root_fd, &sample.profile);
    if (look(root_fd, &sample.profile) != MISSING)
        return 3;
    return unlinkat(root_fd, "filler", 0) == 0 && rmdir(directory) < 0 && errno == EBUSY ? 0 : 4;
}

static void test_no_cache(void)
{
    int status = -1;
    struct sample sample;
    fill_sample(&sample);
    keep(-1, &sample.profile);
    is_int(look(-1, &sample.profile), MISSING, "no directory: no cache");
    pid_t pid = fork();
    if (pid == 0)
        _exit(fill_disk());
    (void)waitpid(pid, &status, 0);
    is_int(status, 0, "a full disk: no cache, and nothing of it");
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return 1;
    AUTO_FD int root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    test_differences(root_fd);
    test_collision(root_fd);
    test_damage(root_fd);
    test_limits(root_fd);
    test_no_cache();
    ok(rmdir(directory) == 0, "nothing else was left");
    return done_testing();
}
