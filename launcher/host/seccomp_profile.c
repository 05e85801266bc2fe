/* PURE: no system call is made in this file. */
#include "seccomp_profile.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* ---- machines ---- */

enum { X32_BIT = 0x40000000, NUMBERS_MAX = 1024 };

/* The name of x32, config_seccomp.c. */
#define NUMBERS_OF(AUDIT_ARCH) ((AUDIT_ARCH) & ~(uint32_t)__AUDIT_ARCH_64BIT)

/* One numbering of system calls. x32 has the arch value of x86-64, and a bit in its numbers. */
struct machine {
    uint32_t name;       /* as the profile names it, see config_seccomp.c */
    uint32_t audit_arch; /* in seccomp_data */
    uint32_t library;    /* SCMP_ARCH_* */
    uint32_t first;      /* its numbers begin here */
    bool wide;           /* its arguments have 64 bits; else the kernel looks at 32 of them */
};

/* The first is this machine, which a profile need not name. Numberings with one arch value are
 * neighbours, the lower one first. */
static const struct machine machines[] = {
#if defined(__x86_64__)
    {AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 0, true},
    {NUMBERS_OF(AUDIT_ARCH_X86_64), AUDIT_ARCH_X86_64, SCMP_ARCH_X32, X32_BIT, false},
    {AUDIT_ARCH_I386, AUDIT_ARCH_I386, SCMP_ARCH_X86, 0, false},
#elif defined(__aarch64__)
    {AUDIT_ARCH_AARCH64, AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, 0, true},
    {AUDIT_ARCH_ARM, AUDIT_ARCH_ARM, SCMP_ARCH_ARM, 0, false},
#else
#error "no numbering is known for this machine"
#endif
};
static const size_t MACHINE_COUNT = sizeof(machines) / sizeof(machines[0]);

static bool is_listed(const struct spec_seccomp *profile, const struct machine *machine)
{
    for (size_t i = 0; i < profile->architecture_count; i++)
        if (profile->architectures[i] == machine->name)
            return true;
    return machine == &machines[0];
}

/* ---- what happens to a call ---- */

/* A rule that names the call; several make a chain. */
struct link {
    const struct spec_seccomp_rule *rule;
    struct link *next;
};

struct table {
    struct link *calls[NUMBERS_MAX]; /* by number; NULL: the default */
    uint32_t last;                   /* the highest number that is named */
};

static uint32_t with_data(uint32_t action, bool has_errno, uint32_t errno_return)
{
    if (action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_TRACE)
        return action;
    return action | (has_errno ? errno_return : (uint32_t)EPERM);
}

static uint32_t answer_of(const struct spec_seccomp_rule *rule)
{
    return with_data(rule->action, rule->has_errno, rule->errno_return);
}

static uint32_t default_answer(const struct spec_seccomp *profile)
{
    return with_data(profile->default_action, profile->has_default_errno, profile->default_errno);
}

/* The kernel's order: KILL_PROCESS is the only one with the sign bit. */
static bool is_stricter(const struct spec_seccomp_rule *a, const struct spec_seccomp_rule *b)
{
    return (int32_t)a->action < (int32_t)b->action;
}

/* The strictest first; among equals in the order of the profile. Of rules without conditions the
 * first counts, for libseccomp takes no second one: docker's own profile names setns in two. */
static void add_link(struct table *table, uint32_t number, const struct spec_seccomp_rule *rule,
                     struct arena *arena)
{
    struct link **at = &table->calls[number], **place = NULL;
    table->last = number > table->last ? number : table->last;
    for (; *at != NULL; at = &(*at)->next) {
        if (rule->argument_count == 0 && (*at)->rule->argument_count == 0)
            return;
        if (place == NULL && is_stricter(rule, (*at)->rule))
            place = at;
    }
    place = place != NULL ? place : at;
    struct link *link = arena_alloc(arena, sizeof(*link));
    *link = (struct link){.rule = rule, .next = *place};
    *place = link;
}

/* ---- 32-bit x86: one call for many ---- */

enum { SOCKETCALL = 102, IPC = 117, PSEUDO_IPC = 200, PSEUDO_LAST = 224 };

/* What the library numbers -100 - n is the n-th function of socketcall(2), -200 - n that of ipc(2).
 * Since Linux 4.3 and 5.1 most have a number of their own as well; 0: it hasn't. */
static const uint16_t direct_numbers[PSEUDO_LAST + 1] = {
    [101] = 359, [102] = 361, [103] = 362, [104] = 363, [106] = 367, [107] = 368, [108] = 360,
    [111] = 369, [112] = 371, [113] = 373, [114] = 366, [115] = 365, [116] = 370, [117] = 372,
    [118] = 364, [119] = 337, [120] = 345, [202] = 393, [203] = 394, [211] = 400, [212] = 401,
    [213] = 399, [214] = 402, [221] = 397, [222] = 398, [223] = 395, [224] = 396,
};

/* The arguments of the function lie in memory, out of a filter's sight: a rule that asks for them
 * holds for the number of its own only, as with libseccomp. */
static void add_function(struct table *table, uint32_t pseudo, const struct spec_seccomp_rule *rule,
                         struct arena *arena)
{
    bool ipc = pseudo > PSEUDO_IPC;
    if (direct_numbers[pseudo] != 0)
        add_link(table, direct_numbers[pseudo], rule, arena);
    if (rule->argument_count > 0)
        return;
    struct spec_seccomp_rule *of_function = arena_alloc(arena, sizeof(*of_function));
    *of_function = *rule;
    of_function->arguments = arena_alloc(arena, sizeof(*of_function->arguments));
    of_function->argument_count = 1;
    of_function->arguments[0] = (struct spec_seccomp_argument){
        .operation = SCMP_CMP_EQ, .value = pseudo - (ipc ? PSEUDO_IPC : 100)};
    add_link(table, ipc ? IPC : SOCKETCALL, of_function, arena);
}

static void add_name(struct table *table, const struct machine *machine, const char *name,
                     const struct spec_seccomp_rule *rule, struct arena *arena)
{
    int number = seccomp_syscall_resolve_name_arch(machine->library, name);
    uint32_t index = (uint32_t)number - machine->first;
    bool pseudo = machine->library == SCMP_ARCH_X86 && number < -100 && number >= -PSEUDO_LAST;
    if (number >= 0 && index < NUMBERS_MAX)
        add_link(table, index, rule, arena);
    else if (pseudo)
        add_function(table, (uint32_t)-number, rule, arena);
}

static void fill_table(const struct spec_seccomp *profile, const struct machine *machine,
                       struct table *table, struct arena *arena)
{
    for (size_t i = 0; i < profile->rule_count; i++)
        for (size_t k = 0; k < profile->rules[i].name_count; k++)
            add_name(table, machine, profile->rules[i].names[k], &profile->rules[i], arena);
}

/* ---- code ---- */

struct code {
    struct sock_filter *items;
    size_t count;
    bool wide; /* of the machine whose calls are looked at */
    struct arena *arena;
};

static size_t emit(struct code *code, uint16_t operation, uint32_t value)
{
    *ARENA_APPEND(code->arena, code->items, code->count) =
        (struct sock_filter){.code = operation, .k = value};
    return code->count - 1;
}

static void emit_answer(struct code *code, uint32_t answer)
{
    (void)emit(code, BPF_RET | BPF_K, answer);
}

static void emit_load(struct code *code, size_t offset)
{
    (void)emit(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* ---- the arguments of a call ---- */

/* Where a jump goes: on, behind this comparison because it holds, or to the next rule because it
 * doesn't. */
enum target { ON, HOLDS, FAILS };

enum half { HIGH, LOW };

struct jump {
    enum half half;
    uint16_t test; /* BPF_JEQ ... */
    enum target yes, no;
};

/* A comparison of 64 bits by two halves. Where a half is jumped about twice it is loaded once. */
enum { JUMPS_MAX = 3, COMPARISON_COUNT = SCMP_CMP_MASKED_EQ + 1 };
static const struct jump comparisons[COMPARISON_COUNT][JUMPS_MAX] = {
    [SCMP_CMP_NE] = {{HIGH, BPF_JEQ, ON, HOLDS}, {LOW, BPF_JEQ, FAILS, HOLDS}},
    [SCMP_CMP_EQ] = {{HIGH, BPF_JEQ, ON, FAILS}, {LOW, BPF_JEQ, HOLDS, FAILS}},
    [SCMP_CMP_MASKED_EQ] = {{HIGH, BPF_JEQ, ON, FAILS}, {LOW, BPF_JEQ, HOLDS, FAILS}},
    [SCMP_CMP_LT] = {{HIGH, BPF_JGT, FAILS, ON},
                     {HIGH, BPF_JEQ, ON, HOLDS},
                     {LOW, BPF_JGE, FAILS, HOLDS}},
    [SCMP_CMP_LE] = {{HIGH, BPF_JGT, FAILS, ON},
                     {HIGH, BPF_JEQ, ON, HOLDS},
                     {LOW, BPF_JGT, FAILS, HOLDS}},
    [SCMP_CMP_GE] = {{HIGH, BPF_JGT, HOLDS, ON},
                     {HIGH, BPF_JEQ, ON, FAILS},
                     {LOW, BPF_JGE, HOLDS, FAILS}},
    [SCMP_CMP_GT] = {{HIGH, BPF_JGT, HOLDS, ON},
                     {HIGH, BPF_JEQ, ON, FAILS},
                     {LOW, BPF_JGT, HOLDS, FAILS}},
};
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lower half comes first");

/* A jump whose way is not known yet. */
struct patch {
    size_t at;
    enum target yes, no;
};

struct patches {
    struct patch items[6 * JUMPS_MAX]; /* six arguments */
    size_t count;
};

static uint32_t half_of(uint64_t value, enum half half)
{
    return (uint32_t)(half == HIGH ? value >> 32 : value);
}

static void emit_half(struct code *code, const struct spec_seccomp_argument *argument,
                      enum half half)
{
    emit_load(code, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * argument->index +
                        (half == HIGH ? 4 : 0));
    if (argument->operation == SCMP_CMP_MASKED_EQ)
        (void)emit(code, BPF_ALU | BPF_AND | BPF_K, half_of(argument->value, half));
}

static void resolve_holds(struct code *code, struct patches *patches, size_t from)
{
    for (size_t i = from; i < patches->count; i++) {
        const struct patch *patch = &patches->items[i];
        struct sock_filter *item = &code->items[patch->at];
        if (patch->yes == HOLDS)
            item->jt = (uint8_t)(code->count - patch->at - 1);
        if (patch->no == HOLDS)
            item->jf = (uint8_t)(code->count - patch->at - 1);
    }
}

static void resolve_fails(struct code *code, const struct patches *patches)
{
    for (size_t i = 0; i < patches->count; i++) {
        const struct patch *patch = &patches->items[i];
        struct sock_filter *item = &code->items[patch->at];
        if (patch->yes == FAILS)
            item->jt = (uint8_t)(code->count - patch->at - 1);
        if (patch->no == FAILS)
            item->jf = (uint8_t)(code->count - patch->at - 1);
    }
}

static void emit_comparison(struct code *code, const struct spec_seccomp_argument *argument,
                            struct patches *patches)
{
    const struct jump *jumps = comparisons[argument->operation];
    bool masked = argument->operation == SCMP_CMP_MASKED_EQ;
    uint64_t value = masked ? argument->value_two : argument->value;
    size_t first = patches->count;
    for (size_t i = 0; i < JUMPS_MAX && jumps[i].test != 0; i++) {
        if (jumps[i].half == HIGH && !code->wide)
            continue;
        if (i == 0 || jumps[i].half != jumps[i - 1].half)
            emit_half(code, argument, jumps[i].half);
        size_t at =
            emit(code, (uint16_t)(BPF_JMP | BPF_K | jumps[i].test), half_of(value, jumps[i].half));
        patches->items[patches->count++] =
            (struct patch){.at = at, .yes = jumps[i].yes, .no = jumps[i].no};
    }
    resolve_holds(code, patches, first);
}

/* runc and crun, whose profiles these are: two conditions on one argument are alternatives, else
 * all of them must hold. */
static bool has_alternatives(const struct spec_seccomp_rule *rule)
{
    unsigned seen = 0;
    bool twice = false;
    for (size_t i = 0; i < rule->argument_count; i++) {
        twice = twice || (seen >> rule->arguments[i].index & 1u) != 0;
        seen |= 1u << rule->arguments[i].index;
    }
    return twice;
}

static void emit_conditions(struct code *code, const struct spec_seccomp_argument *arguments,
                            size_t count, uint32_t answer)
{
    struct patches patches = {.count = 0};
    for (size_t i = 0; i < count; i++)
        emit_comparison(code, &arguments[i], &patches);
    emit_answer(code, answer);
    resolve_fails(code, &patches);
}

static void emit_rule(struct code *code, const struct spec_seccomp_rule *rule)
{
    if (!has_alternatives(rule)) {
        emit_conditions(code, rule->arguments, rule->argument_count, answer_of(rule));
        return;
    }
    for (size_t i = 0; i < rule->argument_count; i++)
        emit_conditions(code, &rule->arguments[i], 1, answer_of(rule));
}

/* The rules of a call, up to the first without conditions. */
static void emit_chain(struct code *code, const struct link *link, uint32_t otherwise)
{
    for (; link != NULL; link = link->next) {
        emit_rule(code, link->rule);
        if (link->rule->argument_count == 0)
            return;
    }
    emit_answer(code, otherwise);
}

/* ---- the search for a number ---- */

/* Numbers from `first` up to the next range's first: one answer, or a chain of rules. */
struct range {
    uint32_t first;
    uint32_t answer;
    const struct link *chain; /* NULL: the answer stands */
    bool wide;                /* the machine's */
    size_t jump;              /* to the chain's code, which is behind the search */
};

struct ranges {
    struct range *items;
    size_t count;
};

static void add_range(struct ranges *ranges, struct range range, struct arena *arena)
{
    const struct range *last = ranges->count > 0 ? &ranges->items[ranges->count - 1] : NULL;
    if (last != NULL && last->chain == NULL && range.chain == NULL && last->answer == range.answer)
        return;
    *ARENA_APPEND(arena, ranges->items, ranges->count) = range;
}

static void collect_ranges(const struct spec_seccomp *profile, const struct machine *machine,
                           struct ranges *ranges, struct arena *arena)
{
    struct table *table = arena_alloc(arena, sizeof(*table));
    uint32_t otherwise = default_answer(profile);
    fill_table(profile, machine, table, arena);
    for (uint32_t i = 0; i <= table->last; i++) {
        const struct link *chain = table->calls[i];
        struct range range = {
            .first = machine->first + i, .answer = otherwise, .wide = machine->wide};
        if (chain != NULL && chain->rule->argument_count == 0)
            range.answer = answer_of(chain->rule);
        else
            range.chain = chain;
        add_range(ranges, range, arena);
    }
    bool refuses = profile->default_action == SECCOMP_RET_ERRNO;
    struct range beyond = {.first = machine->first + table->last + 1,
                           .answer = refuses ? SECCOMP_RET_ERRNO | ENOSYS : otherwise};
    add_range(ranges, beyond, arena);
}

/* How long emit_search makes it: a jump over more than 255 instructions takes two. */
static size_t search_size(size_t count)
{
    if (count == 1)
        return 1;
    size_t left = search_size(count / 2);
    size_t jump = left > UINT8_MAX ? 2 : 1;
    return jump + left + search_size(count - count / 2);
}

/* A binary search: the left half follows the jump, the right half follows the left. */
static void emit_search(struct code *code, struct range *ranges, size_t count)
{
    if (count == 1) {
        if (ranges[0].chain != NULL)
            ranges[0].jump = emit(code, BPF_JMP | BPF_JA, 0);
        else
            emit_answer(code, ranges[0].answer);
        return;
    }
    size_t half = count / 2, left = search_size(half);
    size_t here = emit(code, BPF_JMP | BPF_JGE | BPF_K, ranges[half].first);
    code->items[here].jt = left > UINT8_MAX ? 0 : (uint8_t)left;
    code->items[here].jf = left > UINT8_MAX ? 1 : 0;
    if (left > UINT8_MAX)
        (void)emit(code, BPF_JMP | BPF_JA, (uint32_t)left);
    emit_search(code, ranges, half);
    emit_search(code, ranges + half, count - half);
}

static void emit_chains(struct code *code, const struct ranges *ranges, uint32_t otherwise)
{
    for (size_t i = 0; i < ranges->count; i++) {
        const struct range *range = &ranges->items[i];
        if (range->chain == NULL)
            continue;
        code->wide = range->wide;
        code->items[range->jump].k = (uint32_t)(code->count - range->jump - 1);
        emit_chain(code, range->chain, otherwise);
    }
}

/* The numberings of one arch value. Numbers of one that isn't listed end the process, as those of a
 * foreign machine do. */
static size_t emit_machines(struct code *code, const struct spec_seccomp *profile, size_t index)
{
    struct ranges ranges = {.count = 0};
    size_t end = index;
    for (; end < MACHINE_COUNT && machines[end].audit_arch == machines[index].audit_arch; end++) {
        if (is_listed(profile, &machines[end]))
            collect_ranges(profile, &machines[end], &ranges, code->arena);
        else
            add_range(
                &ranges,
                (struct range){.first = machines[end].first, .answer = SECCOMP_RET_KILL_PROCESS},
                code->arena);
    }
    size_t here = emit(code, BPF_JMP | BPF_JEQ | BPF_K, machines[index].audit_arch);
    code->items[here].jt = 1;
    size_t other = emit(code, BPF_JMP | BPF_JA, 0);
    emit_load(code, offsetof(struct seccomp_data, nr));
    emit_search(code, ranges.items, ranges.count);
    emit_chains(code, &ranges, default_answer(profile));
    code->items[other].k = (uint32_t)(code->count - other - 1);
    return end;
}

int seccomp_profile_compile(const struct spec_seccomp *profile, struct arena *arena,
                            const struct sock_filter **ret_filter, size_t *ret_count,
                            struct fail *fail)
{
    struct code code = {.arena = arena};
    emit_load(&code, offsetof(struct seccomp_data, arch));
    size_t next = 0;
    while (next < MACHINE_COUNT)
        next = emit_machines(&code, profile, next);
    emit_answer(&code, SECCOMP_RET_KILL_PROCESS);
    if (code.count > BPF_MAXINSNS)
        return fail_set(fail, "linux.seccomp: %zu instructions are more than the kernel's %d",
                        code.count, BPF_MAXINSNS);
    *ret_filter = code.items;
    *ret_count = code.count;
    return 0;
}
