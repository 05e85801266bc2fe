/* config.json: the filter of its seccomp profile answers as libseccomp's does, call by call; the files
 * that engines write, and how long they take. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../launcher/host/seccomp_profile.h"
#include "../../launcher/plan/plan.h"
#include "config_text.h"

/* Classic BPF as the kernel runs it over struct seccomp_data. */
static uint32_t run_filter(const struct sock_filter *filter, size_t count,
                           const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t at = 0; at < count; at++) {
        const struct sock_filter *item = &filter[at];
        switch (item->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&a, (const char *)data + item->k, sizeof(a));
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= item->k;
            break;
        case BPF_JMP | BPF_JA:
            at += item->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += a == item->k ? item->jt : item->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += a > item->k ? item->jt : item->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += a >= item->k ? item->jt : item->jf;
            break;
        case BPF_RET | BPF_K:
            return item->k;
        default:
            return 0xdead;
        }
    }
    return 0xdead;
}

static void load_rule(scmp_filter_ctx context, const struct spec_seccomp *profile,
                      const struct spec_seccomp_rule *rule)
{
    struct scmp_arg_cmp arguments[6];
    uint32_t data = rule->has_errno ? rule->errno_return : EPERM;
    uint32_t action = rule->action == SECCOMP_RET_ERRNO ? SCMP_ACT_ERRNO(data) : rule->action;
    uint32_t otherwise = profile->has_default_errno ? profile->default_errno : EPERM;
    if (action == SCMP_ACT_ERRNO(otherwise) && profile->default_action == SECCOMP_RET_ERRNO)
        return; /* libseccomp refuses a rule that changes nothing */
    for (size_t i = 0; i < rule->argument_count; i++)
        arguments[i] = (struct scmp_arg_cmp){.arg = rule->arguments[i].index,
                                             .op = (enum scmp_compare)rule->arguments[i].operation,
                                             .datum_a = rule->arguments[i].value,
                                             .datum_b = rule->arguments[i].value_two};
    for (size_t i = 0; i < rule->name_count; i++) {
        int number = seccomp_syscall_resolve_name(rule->names[i]);
        if (number != __NR_SCMP_ERROR)
            (void)seccomp_rule_add_array(context, action, number, (unsigned)rule->argument_count,
                                         arguments);
    }
}

/* The same profile through libseccomp; returns the number of instructions. */
static size_t library_filter(const struct spec_seccomp *profile, struct sock_filter *filter,
                             size_t size)
{
    uint32_t data = profile->has_default_errno ? profile->default_errno : EPERM;
    uint32_t action = profile->default_action == SECCOMP_RET_ERRNO ? SCMP_ACT_ERRNO(data)
                                                                   : profile->default_action;
    int fd = memfd_create("filter", 0);
    scmp_filter_ctx context = seccomp_init(action);
    (void)seccomp_arch_add(context, SCMP_ARCH_X86);
    (void)seccomp_arch_add(context, SCMP_ARCH_X32);
    for (size_t i = 0; i < profile->rule_count; i++)
        load_rule(context, profile, &profile->rules[i]);
    (void)seccomp_export_bpf(context, fd);
    seccomp_release(context);
    ssize_t got = pread(fd, filter, size, 0);
    close(fd);
    return got > 0 ? (size_t)got / sizeof(*filter) : 0;
}

static const uint64_t argument_values[] = {
    0,
    1,
    2,
    3,
    9,
    16,
    38,
    40,
    8,
    0x20000,
    0x20008,
    0xffffffff,
    0x7e020000,
    0x10000000,
    UINT64_C(1) << 32,
    UINT64_C(0xffffffff00000000),
    UINT64_MAX,
    0x5412,
    100,
    101,
};

/* Where we differ on purpose: ENOSYS beyond the last call of a profile, and a machine that is not
 * listed ends the process, not one of its threads. */
static bool is_same(const struct spec_seccomp *profile, uint32_t our, uint32_t their)
{
    uint32_t data = profile->has_default_errno ? profile->default_errno : EPERM;
    return our == their ||
           (our == (SECCOMP_RET_ERRNO | ENOSYS) && their == (SECCOMP_RET_ERRNO | data)) ||
           (our == SECCOMP_RET_KILL_PROCESS && their == SECCOMP_RET_KILL_THREAD);
}

/* Every number, with each argument of some values: the same answer as libseccomp's filter. */
static void compare_filters(const struct spec_seccomp *profile, uint32_t arch, uint32_t bit,
                            const char *name)
{
    static struct sock_filter theirs[8192];
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    const struct sock_filter *ours = NULL;
    size_t our_count = 0, different = 0, compared = 0;
    size_t their_count = library_filter(profile, theirs, sizeof(theirs));
    if (!ok(seccomp_profile_compile(profile, &arena, &ours, &our_count, &fail) == 0 &&
                their_count > 0,
            name))
        return;
    for (uint32_t number = 0; number < 435; number++)
        for (size_t i = 0; i < COUNT(argument_values) * 3; i++) {
            struct seccomp_data data = {.arch = arch, .nr = (int)(number | bit)};
            data.args[i % 3] = argument_values[i / 3];
            uint32_t our = run_filter(ours, our_count, &data);
            uint32_t their = run_filter(theirs, their_count, &data);
            compared++;
            if (is_same(profile, our, their))
                continue;
            if (++different < 10)
                printf("# %s: number %u, argument %zu of %#llx: %#x, libseccomp %#x\n", name,
                       number, i % 3, (unsigned long long)data.args[i % 3], our, their);
        }
    printf("# %zu instructions, libseccomp %zu; %zu comparisons\n", our_count, their_count,
           compared);
    is_int((long long)different, 0, "  as libseccomp");
}

static const char operations_profile[] = SECCOMP(
    "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],\"syscalls\":["
    "{\"names\":[\"read\",\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"},"
    "{\"names\":[\"write\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":9,"
    "\"op\":\"SCMP_CMP_NE\"}]},"
    "{\"names\":[\"open\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":1,\"value\":9,"
    "\"op\":\"SCMP_CMP_EQ\"}]},"
    "{\"names\":[\"close\"],\"action\":\"SCMP_ACT_KILL_PROCESS\",\"args\":[{\"index\":1,\"value\":"
    "9,"
    "\"op\":\"SCMP_CMP_LT\"}]},"
    "{\"names\":[\"stat\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":1,\"value\":4294967296,"
    "\"op\":\"SCMP_CMP_LE\"}]},"
    "{\"names\":[\"poll\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":2,\"value\":"
    "4294967295,"
    "\"op\":\"SCMP_CMP_GE\"}]},"
    "{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":2,\"value\":16,"
    "\"op\":\"SCMP_CMP_GT\"}]},"
    "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
    "\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
    "{\"names\":[\"mmap\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":22,\"args\":["
    "{\"index\":0,\"value\":3,\"op\":\"SCMP_CMP_GE\"},{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_"
    "EQ\"}]}"
    "]");

static void test_seccomp(const char *name, const char *text)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    if (!ok(read_text(text, &arena, &spec, &notes) && spec.oci.seccomp != NULL, name))
        return;
    compare_filters(spec.oci.seccomp, AUDIT_ARCH_X86_64, 0, "x86-64");
    compare_filters(spec.oci.seccomp, AUDIT_ARCH_X86_64, 0x40000000, "x32");
    compare_filters(spec.oci.seccomp, AUDIT_ARCH_I386, 0, "x86");
    compare_filters(spec.oci.seccomp, AUDIT_ARCH_AARCH64, 0, "a foreign machine");
}

/* ---- speed ---- */

static double microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Reading, compiling and planning, the best of 200. */
static void measure(const char *name, const char *text)
{
    double best = 1e9, best_read = 1e9;
    for (int i = 0; i < 200; i++) {
        AUTO_ARENA struct arena arena = {0};
        struct spec spec;
        struct config_notes notes;
        struct plan plan;
        struct fail fail = {0};
        const struct sock_filter *filter = NULL;
        size_t count = 0;
        double began = microseconds();
        if (config_read("c", text, strlen(text), &arena, &spec, &notes, &fail) < 0)
            break;
        double took = microseconds() - began;
        best_read = took < best_read ? took : best_read;
        if (spec.oci.seccomp != NULL) {
            if (seccomp_profile_compile(spec.oci.seccomp, &arena, &filter, &count, &fail) < 0)
                break;
            spec.seccomp_filter = filter;
            spec.seccomp_filter_size = count * sizeof(*filter);
        }
        spec.id = "x";
        if (plan_build(&spec, &arena, &plan, &fail) < 0)
            break;
        took = microseconds() - began;
        best = took < best ? took : best;
    }
    printf("# %s: %zu bytes are read in %.0f us; read, compiled and planned in %.0f us\n", name,
           strlen(text), best_read, best);
    ok(best < 5000, "  in less than 5 ms"); /* under the sanitizers, too */
}

static char *read_file(const char *path, struct arena *arena)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = {.st_size = 0};
    if (fd < 0 || fstat(fd, &status) < 0)
        return NULL;
    char *text = arena_alloc(arena, (size_t)status.st_size + 1);
    ssize_t got = read(fd, text, (size_t)status.st_size);
    close(fd);
    return got == status.st_size ? text : NULL;
}

static void test_real(const char *name)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    const char *path = arena_printf(&arena, "%s/tests/fuzz/corpus/fuzz_config/%s",
                                    getenv("TOP") != NULL ? getenv("TOP") : ".", name);
    const char *text = read_file(path, &arena);
    if (!ok(text != NULL && read_text(text, &arena, &spec, &notes), name))
        return;
    if (spec.oci.seccomp != NULL)
        test_seccomp(name, text);
    measure(name, text);
}

int main(void)
{
    test_seccomp("all comparisons", operations_profile);
    test_real("runc-spec");
    test_real("podman");
    test_real("podman-privileged");
    test_real("podman-pretty");
    test_real("containerd");
    return done_testing();
}
