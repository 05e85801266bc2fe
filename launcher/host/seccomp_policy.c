#include "seccomp_policy.h"

#include <asm/ioctls.h>
#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

enum verdict {
    VERDICT_EPERM,
    VERDICT_ENOSYS,
    VERDICT_ALLOW,
    VERDICT_SOCKET,
    VERDICT_PERSONALITY,
    VERDICT_IOCTL,
    VERDICT_CLONE,
    VERDICT_MKNOD,
    VERDICT_MKNODAT,
    VERDICT_COUNT, /* from here on: no code of its own */
    VERDICT_NEIGHBOUR = VERDICT_COUNT,
};

/* ---- the table ---- */

struct row {
    uint64_t capabilities; /* one of these, or none: always */
    enum verdict verdict;
    const char *names; /* separated by one space */
};

struct young_call {
    uint32_t arch; /* SCMP_ARCH_*, or ANY */
    uint32_t number;
    const char *name;
};

enum { ALWAYS = 0, ANY = 0 };

#define CAP(name) SECCOMP_CAPABILITY(name)
#define CALLS(when, verdict, names) {(when), VERDICT_##verdict, (names)},
#define NUMBER(arch, number, name)
static const struct row rows[] = {
#include "seccomp_policy.def"
};
#undef CALLS
#undef NUMBER

#define CALLS(when, verdict, names)
#define NUMBER(arch, number, name) {(arch), (number), (name)},
static const struct young_call young_calls[] = {
#include "seccomp_policy.def"
};
#undef CALLS
#undef NUMBER

enum {
    ROW_COUNT = sizeof(rows) / sizeof(rows[0]),
    YOUNG_CALL_COUNT = sizeof(young_calls) / sizeof(young_calls[0]),
};

uint64_t seccomp_policy_capabilities(void)
{
    uint64_t asked = 0;
    for (size_t i = 0; i < ROW_COUNT; i++)
        asked |= rows[i].capabilities;
    return asked;
}

/* ---- what is looked at in the arguments ---- */

/* Every argument here is an int or an unsigned int to the kernel, which drops the upper half of the
 * register. So must the filter: comparing all 64 bits lets TIOCSTI | 1 << 32 through, the mistake
 * of CVE-2019-10063 and CVE-2019-7303. */
#define ARGUMENT(index) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args[index]))
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lower half comes first");

#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | BPF_##test | BPF_K, (value), (yes), (no))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ERRNO(code) ANSWER(SECCOMP_RET_ERRNO | (code))

enum {
    NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                     CLONE_NEWPID | CLONE_NEWNET,
    SOCKET_FAMILIES = 46, /* AF_MCTP, 45, is the last that docker knows */
};

static const struct sock_filter answer_eperm[] = {ERRNO(EPERM)};
static const struct sock_filter answer_enosys[] = {ERRNO(ENOSYS)};
static const struct sock_filter answer_allow[] = {ANSWER(SECCOMP_RET_ALLOW)};

static const struct sock_filter look_at_clone[] = {
    ARGUMENT(0),
    JUMP(JSET, NEW_NAMESPACES, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    ERRNO(EPERM),
};

/* TIOCSTI types into the terminal, CVE-2017-5226; TIOCLINUX pastes into a virtual console,
 * CVE-2023-28100. Docker lets both pass. */
static const struct sock_filter look_at_ioctl[] = {
    ARGUMENT(1),
    JUMP(JEQ, TIOCSTI, 2, 0),
    JUMP(JEQ, 0x541c /* TIOCLINUX, ioctl_console(2) */, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    ERRNO(EPERM),
};

/* Linux or 32-bit Linux, with or without the name of a 2.6 kernel; 0xffffffff only asks. The other
 * bits, ADDR_NO_RANDOMIZE or READ_IMPLIES_EXEC, weaken the process and all that it executes. */
static const struct sock_filter look_at_personality[] = {
    ARGUMENT(0),
    JUMP(JEQ, 0xffffffff, 1, 0),
    JUMP(JSET, ~UINT32_C(0x20008) /* UNAME26 | PER_LINUX32 */, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    ERRNO(EPERM),
};

/* Families that are dead, or that have no namespace: a VSOCK reaches the hypervisor from every
 * container, and ALG wrote to the page cache of the host, CVE-2026-31431. The numbers are not in
 * every C library. */
static const struct sock_filter look_at_socket[] = {
    ARGUMENT(0),
    JUMP(JGE, SOCKET_FAMILIES, 10, 0),
    JUMP(JEQ, 12 /* DECnet */, 9, 0),
    JUMP(JEQ, 19 /* ECONET */, 8, 0),
    JUMP(JEQ, 20 /* ATMSVC */, 7, 0),
    JUMP(JEQ, 23 /* IRDA */, 6, 0),
    JUMP(JEQ, 25 /* WANPIPE */, 5, 0),
    JUMP(JEQ, 34 /* ISDN */, 4, 0),
    JUMP(JEQ, 37 /* CAIF */, 3, 0),
    JUMP(JEQ, 38 /* ALG */, 2, 0),
    JUMP(JEQ, 40 /* VSOCK */, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    ERRNO(EPERM),
};

/* CAP_MKNOD is in docker's default set because a device cgroup stands behind it. Here a node that
 * reaches a device of the host can't be made: of the devices only the harmless ones, and overlayfs's
 * whiteout, 0:0. The number is what makedev(3) gives for a small major and minor. */
#define DEVICE(major, minor) ((uint32_t)(major) << 8 | (minor))
#define LOOK_AT_NODE(mode, device)                                                                \
    {                                                                                             \
        ARGUMENT(mode), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, S_IFMT), JUMP(JEQ, S_IFBLK, 11, 0),   \
            JUMP(JEQ, S_IFCHR, 0, 9), ARGUMENT(device), JUMP(JEQ, DEVICE(0, 0), 7, 0),            \
            JUMP(JEQ, DEVICE(1, 3) /* null */, 6, 0), JUMP(JEQ, DEVICE(1, 5) /* zero */, 5, 0),   \
            JUMP(JEQ, DEVICE(1, 7) /* full */, 4, 0), JUMP(JEQ, DEVICE(1, 8) /* random */, 3, 0), \
            JUMP(JEQ, DEVICE(1, 9) /* urandom */, 2, 0), JUMP(JEQ, DEVICE(5, 0) /* tty */, 1, 0), \
            JUMP(JEQ, DEVICE(5, 2) /* ptmx */, 0, 1), ANSWER(SECCOMP_RET_ALLOW), ERRNO(EPERM),    \
    }
static const struct sock_filter look_at_mknod[] = LOOK_AT_NODE(1, 2);
static const struct sock_filter look_at_mknodat[] = LOOK_AT_NODE(2, 3);

/* The code of each verdict. All of it ends in an answer, so it can be put anywhere. */
#define CODE(array)                                 \
    {                                               \
        (array), sizeof(array) / sizeof((array)[0]) \
    }
static const struct {
    const struct sock_filter *code;
    size_t count;
} verdict_code[VERDICT_COUNT] = {
    [VERDICT_EPERM] = CODE(answer_eperm),
    [VERDICT_ENOSYS] = CODE(answer_enosys),
    [VERDICT_ALLOW] = CODE(answer_allow),
    [VERDICT_SOCKET] = CODE(look_at_socket),
    [VERDICT_PERSONALITY] = CODE(look_at_personality),
    [VERDICT_IOCTL] = CODE(look_at_ioctl),
    [VERDICT_CLONE] = CODE(look_at_clone),
    [VERDICT_MKNOD] = CODE(look_at_mknod),
    [VERDICT_MKNODAT] = CODE(look_at_mknodat),
};

/* ---- from names to verdicts ---- */

struct word {
    const char *text; /* not terminated */
    size_t length;
    size_t row;
};

struct words {
    struct word *items;
    size_t count;
};

static int compare_text(const struct word *a, const struct word *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_words(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    int order = compare_text(a, b);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static int compare_to_word(const void *key, const void *item)
{
    return compare_text(key, item);
}

static void add_words(struct words *words, size_t row, struct arena *arena)
{
    const char *text = rows[row].names;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        *ARENA_APPEND(arena, words->items, words->count) =
            (struct word){.text = text, .length = length, .row = row};
        text += length + (text[length] == ' ');
    }
}

/* Sorted, and of the rows that name one call only the last. */
static void collect_words(uint64_t capabilities, struct words *words, struct arena *arena)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].capabilities == ALWAYS || (rows[i].capabilities & capabilities) != 0)
            add_words(words, i, arena);
    qsort(words->items, words->count, sizeof(*words->items), compare_words);
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (kept > 0 && compare_text(&words->items[kept - 1], &words->items[i]) == 0)
            kept--;
        words->items[kept++] = words->items[i];
    }
    words->count = kept;
}

static enum verdict verdict_of_name(const struct words *words, const char *name)
{
    struct word key = {.text = name, .length = strlen(name)};
    const struct word *found =
        bsearch(&key, words->items, words->count, sizeof(key), compare_to_word);
    return found == NULL ? VERDICT_EPERM : rows[found->row].verdict;
}

/* ---- from numbers to verdicts ---- */

enum {
    LAST_NUMBER = 600, /* beyond every common number of today, and x32's 512 to 547 */
    X32_BIT = 0x40000000,
    ARM_PRIVATE = 0x0f0000, /* arm numbers its own calls from here on */
    ARM_PRIVATE_LAST = 0x0f0010,
};

/* One value of seccomp_data.arch. */
struct machine {
    uint32_t audit_arch;
    uint32_t arch;         /* SCMP_ARCH_*: whose numbers count */
    uint32_t also;         /* the same for a second numbering, or 0 */
    uint32_t also_bit;     /* which its numbers carry */
    uint32_t private_from; /* a second stretch of numbers, or 0 */
    uint32_t private_last;
};

/* The first is the one that nearly every call comes from. x32 shares x86-64's arch value and marks
 * its numbers with a bit. Its numbers below 512 mean what they mean on x86-64 or nothing, and
 * x86-64 has none from 512 on (Linux 5.4 split the tables): without the bit, one table serves. */
static const struct machine machines[] = {
#if defined(__x86_64__)
    {AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, SCMP_ARCH_X32, X32_BIT, 0, 0},
    {AUDIT_ARCH_I386, SCMP_ARCH_X86, 0, 0, 0, 0},
#elif defined(__aarch64__)
    {AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, 0, 0, 0, 0},
    {AUDIT_ARCH_ARM, SCMP_ARCH_ARM, 0, 0, ARM_PRIVATE, ARM_PRIVATE_LAST},
#else
#error "no numbering is known for this machine"
#endif
};

/* Numbers from `first` up to the next range's first. */
struct range {
    uint32_t first;
    enum verdict verdict;
};

struct ranges {
    struct range *items;
    size_t count;
};

static const char *young_name(uint32_t arch, uint32_t number)
{
    for (size_t i = 0; i < YOUNG_CALL_COUNT; i++)
        if (young_calls[i].number == number &&
            (young_calls[i].arch == arch || young_calls[i].arch == ANY))
            return young_calls[i].name;
    return NULL;
}

static char *library_name(const struct machine *machine, uint32_t number)
{
    char *name = seccomp_syscall_resolve_num_arch(machine->arch, (int)number);
    if (name == NULL && machine->also != 0)
        name = seccomp_syscall_resolve_num_arch(machine->also, (int)(number | machine->also_bit));
    return name;
}

static enum verdict verdict_of_number(const struct machine *machine, const struct words *words,
                                      uint32_t number)
{
    AUTO_FREE char *known = library_name(machine, number);
    const char *name = known != NULL ? known : young_name(machine->arch, number);
    return name == NULL ? VERDICT_ENOSYS : verdict_of_name(words, name);
}

static void add_range(struct ranges *ranges, uint32_t first, enum verdict verdict,
                      struct arena *arena)
{
    if (verdict == VERDICT_NEIGHBOUR)
        verdict = ranges->count > 0 ? ranges->items[ranges->count - 1].verdict : VERDICT_ENOSYS;
    if (ranges->count > 0 && ranges->items[ranges->count - 1].verdict == verdict)
        return;
    *ARENA_APPEND(arena, ranges->items, ranges->count) =
        (struct range){.first = first, .verdict = verdict};
}

static void collect_ranges(const struct machine *machine, const struct words *words,
                           struct ranges *ranges, struct arena *arena)
{
    for (uint32_t n = 0; n <= LAST_NUMBER; n++)
        add_range(ranges, n, verdict_of_number(machine, words, n), arena);
    add_range(ranges, LAST_NUMBER + 1, VERDICT_ENOSYS, arena);
    if (machine->private_from == 0)
        return;
    for (uint32_t n = machine->private_from; n <= machine->private_last; n++)
        add_range(ranges, n, verdict_of_number(machine, words, n), arena);
    add_range(ranges, machine->private_last + 1, VERDICT_ENOSYS, arena);
}

/* ---- from verdicts to code ---- */

struct code {
    struct sock_filter *items;
    size_t count;
    bool jump_too_far;
    struct arena *arena;
};

static size_t emit(struct code *code, struct sock_filter instruction)
{
    *ARENA_APPEND(code->arena, code->items, code->count) = instruction;
    return code->count - 1;
}

static uint8_t distance(struct code *code, size_t from, size_t to)
{
    size_t skipped = to - from - 1;
    code->jump_too_far |= skipped > UINT8_MAX;
    return (uint8_t)skipped;
}

/* A binary search of count - 1 jumps that begins where the code ends: the left half follows its
 * jump, the right half follows the left. A single range needs no jump of its own: whoever comes
 * from above goes to answers[verdict] at once. */
static void emit_search(struct code *code, const struct range *ranges, size_t count,
                        const size_t answers[VERDICT_COUNT])
{
    if (count == 1)
        return;
    size_t half = count / 2;
    size_t here = code->count;
    size_t left = half == 1 ? answers[ranges[0].verdict] : here + 1;
    size_t right = count - half == 1 ? answers[ranges[half].verdict] : here + half;
    (void)emit(code, (struct sock_filter)JUMP(JGE, ranges[half].first, distance(code, here, right),
                                              distance(code, here, left)));
    emit_search(code, ranges, half, answers);
    emit_search(code, ranges + half, count - half, answers);
}

/* The search, and behind it, once each, what it leads to. */
static void emit_table(struct code *code, const struct ranges *ranges)
{
    size_t answers[VERDICT_COUNT];
    size_t end = code->count + ranges->count - 1;
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        answers[i] = end;
        end += verdict_code[i].count;
    }
    emit_search(code, ranges->items, ranges->count, answers);
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        for (size_t k = 0; k < verdict_code[i].count; k++)
            (void)emit(code, verdict_code[i].code[k]); /* found by answers, not by its index */
}

static void emit_machine(struct code *code, const struct machine *machine,
                         const struct ranges *ranges)
{
    const uint32_t number = offsetof(struct seccomp_data, nr);
    (void)emit(code, (struct sock_filter)JUMP(JEQ, machine->audit_arch, 1, 0));
    size_t other = emit(code, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
    (void)emit(code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number));
    if (machine->also_bit != 0)
        (void)emit(code,
                   (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~machine->also_bit));
    emit_table(code, ranges);
    code->items[other].k = (uint32_t)(code->count - other - 1);
}

int seccomp_policy_compile(uint64_t capabilities, struct arena *arena,
                           const struct sock_filter **ret_filter, size_t *ret_count,
                           struct fail *fail)
{
    AUTO_ARENA struct arena scratch = {0};
    struct words words = {0};
    struct code code = {.arena = &scratch};
    collect_words(capabilities, &words, &scratch);
    const uint32_t arch = offsetof(struct seccomp_data, arch);
    (void)emit(&code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arch));
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        struct ranges ranges = {0};
        collect_ranges(&machines[i], &words, &ranges, &scratch);
        emit_machine(&code, &machines[i], &ranges);
    }
    (void)emit(&code, (struct sock_filter)ANSWER(SECCOMP_RET_KILL_PROCESS));
    if (code.jump_too_far || code.count > BPF_MAXINSNS)
        return fail_set(fail, "compiling the seccomp policy: %zu instructions are too many",
                        code.count);
    const void *copy = arena_copy(arena, code.items, code.count * sizeof(*code.items));
    *ret_filter = copy;
    *ret_count = code.count;
    return 0;
}
