/* The device filter: its BPF program is run here, by an interpreter that knows the few instructions
 * of it, for every device that could make a difference, and compared with the rules read one by one.
 */
#include <string.h>

#include "../../launcher/host/cgroup/devices.h"
#include "tap.h"

/* ---- the program ---- */

enum { STEPS_MAX = 4096, FAULT = -1 };

static uint64_t jump_taken(const struct bpf_insn *at, uint64_t value)
{
    uint64_t operand = (uint64_t)(int64_t)at->imm;
    return BPF_OP(at->code) == BPF_JEQ ? value == operand : value != operand;
}

static bool step_alu(const struct bpf_insn *at, uint64_t registers[11])
{
    uint64_t operand =
        BPF_SRC(at->code) == BPF_X ? registers[at->src_reg] : (uint64_t)(int64_t)at->imm;
    uint64_t *to = &registers[at->dst_reg];
    switch (BPF_OP(at->code)) {
    case BPF_MOV:
        *to = operand;
        return true;
    case BPF_AND:
        *to &= operand;
        return true;
    case BPF_RSH:
        *to >>= operand;
        return true;
    default:
        return false;
    }
}

/* What the kernel would answer; FAULT: it would not have taken the program. */
static int run(const struct bpf_insn *program, size_t count,
               const struct bpf_cgroup_dev_ctx *context)
{
    uint64_t registers[11] = {0};
    size_t at = 0;
    for (int steps = 0; steps < STEPS_MAX && at < count; steps++, at++) {
        const struct bpf_insn *one = &program[at];
        uint32_t word = 0;
        switch (BPF_CLASS(one->code)) {
        case BPF_LDX:
            memcpy(&word, (const char *)context + one->off, sizeof(word));
            registers[one->dst_reg] = word;
            break;
        case BPF_ALU64:
            if (!step_alu(one, registers))
                return FAULT;
            break;
        case BPF_JMP:
            if (BPF_OP(one->code) == BPF_EXIT)
                return (int)registers[BPF_REG_0];
            at += jump_taken(one, registers[one->dst_reg]) ? (size_t)one->off : 0;
            break;
        default:
            return FAULT;
        }
    }
    return FAULT; /* ran off the end */
}

/* ---- the rules, read one by one ---- */

static bool fits(const struct spec_device_rule *rule, char type, int64_t major, int64_t minor,
                 const char *access)
{
    if ((rule->type != 'a' && rule->type != type) ||
        (rule->major.set && rule->major.value != major) ||
        (rule->minor.set && rule->minor.value != minor))
        return false;
    bool all = true, any = false;
    for (; *access != '\0'; access++) {
        bool has = strchr(rule->access, *access) != NULL;
        all = all && has;
        any = any || has;
    }
    return rule->allow ? all : any;
}

static int expected(const struct device_filter *filter, char type, int64_t major, int64_t minor,
                    const char *access)
{
    int answer = 0;
    for (size_t i = 0; i < filter->count; i++)
        if (fits(&filter->rules[i], type, major, minor, access))
            answer = filter->rules[i].allow ? 1 : 0;
    return answer;
}

static uint32_t access_bits(const char *access)
{
    uint32_t bits = 0;
    bits |= strchr(access, 'r') != NULL ? (uint32_t)BPF_DEVCG_ACC_READ : 0;
    bits |= strchr(access, 'w') != NULL ? (uint32_t)BPF_DEVCG_ACC_WRITE : 0;
    bits |= strchr(access, 'm') != NULL ? (uint32_t)BPF_DEVCG_ACC_MKNOD : 0;
    return bits;
}

/* Compares for every kind, some numbers and every access; returns how often they differ. */
static int differences(const struct device_filter *filter)
{
    static const uint32_t numbers[] = {0, 1, 3, 5, 8, 10, 136, 200, 254};
    static const char *const accesses[] = {"r", "w", "m", "rw", "rm", "wm", "rwm"};
    AUTO_ARENA struct arena arena = {0};
    size_t count = 0;
    const struct bpf_insn *program = devices_program(filter, &arena, &count);
    int wrong = 0;
    enum { KINDS = 2, NUMBERS = 9, ACCESSES = 7 };
    size_t combinations = (size_t)KINDS * NUMBERS * NUMBERS * ACCESSES;
    for (size_t i = 0; i < combinations; i++) {
        char type = i % 2 == 0 ? 'c' : 'b';
        uint32_t major = numbers[i / KINDS % NUMBERS],
                 minor = numbers[i / KINDS / NUMBERS % NUMBERS];
        const char *access = accesses[i / KINDS / NUMBERS / NUMBERS];
        struct bpf_cgroup_dev_ctx context = {
            .access_type = access_bits(access) << 16 |
                           (uint32_t)(type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK),
            .major = major,
            .minor = minor};
        wrong +=
            run(program, count, &context) == expected(filter, type, major, minor, access) ? 0 : 1;
    }
    return wrong;
}

static void test_default_rules(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec = {.id = "x"};
    struct device_filter filter = devices_filter(&spec, &arena);
    is_int(differences(&filter), 0, "the program of the default rules does what they say");
    is_int(expected(&filter, 'c', 1, 3, "rw"), 1, "null may be opened");
    is_int(expected(&filter, 'c', 136, 7, "rw"), 1, "terminals may be opened");
    is_int(expected(&filter, 'b', 8, 0, "m"), 1, "a node of a disk may be made");
    is_int(expected(&filter, 'b', 8, 0, "r"), 0, "but not opened");
    is_int(expected(&filter, 'c', 10, 200, "rw"), 0, "tun may not be opened");
    ok(!devices_all_allowed(&filter), "not everything is allowed");
}

static void test_container_devices(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec_device devices[] = {
        {.type = 'b', .major = 8, .minor = 0, .access = "r"},
        {.type = 'c', .major = 10, .minor = 200},
    };
    struct spec spec = {.id = "x", .devices = devices, .device_count = 2};
    struct device_filter filter = devices_filter(&spec, &arena);
    is_int(differences(&filter), 0, "the program with two devices more");
    is_int(expected(&filter, 'b', 8, 0, "r"), 1, "the disk may be read");
    is_int(expected(&filter, 'b', 8, 0, "rw"), 0, "and not written");
    is_int(expected(&filter, 'c', 10, 200, "rwm"), 1, "tun may be opened");
}

static void test_user_rules(void)
{
    struct spec_device_rule rules[] = {
        {.allow = true, .type = 'b', .major = {true, 8}, .access = "rw"},
        {.allow = false, .type = 'b', .major = {true, 8}, .minor = {true, 1}, .access = "w"},
        {.allow = false, .type = 'c', .major = {true, 1}, .minor = {true, 3}, .access = "rwm"},
        {.allow = true, .type = 'a', .access = "m"},
    };
    for (size_t count = 1; count <= 4; count++) {
        AUTO_ARENA struct arena arena = {0};
        struct spec spec = {.resources = {.device_rules = rules, .device_rule_count = count}};
        struct device_filter filter = devices_filter(&spec, &arena);
        is_int(differences(&filter), 0, "the program with rules of the user");
    }
    struct spec_device_rule all[] = {{.allow = false, .type = 'a', .access = "rwm"},
                                     {.allow = true, .type = 'a', .access = "rwm"}};
    AUTO_ARENA struct arena arena = {0};
    struct spec spec = {.resources = {.device_rules = all, .device_rule_count = 2}};
    struct device_filter filter = devices_filter(&spec, &arena);
    ok(devices_all_allowed(&filter), "\"a\" as the last rule allows everything");
    is_int(differences(&filter), 0, "and its program is one the kernel would take");
    filter.count--;
    ok(!devices_all_allowed(&filter), "refusing everything is not allowing it");
    is_int(differences(&filter), 0, "everything refused");
}

static void test_texts(void)
{
    char text[LIMIT_TEXT_MAX];
    struct spec_device_rule rule = {.type = 'c', .major = {true, 136}, .access = "rwm"};
    devices_rule_text(&rule, text);
    is_str(text, "c 136:* rwm", "a rule for v1");
    rule = (struct spec_device_rule){.type = 'a', .access = "rwm"};
    devices_rule_text(&rule, text);
    is_str(text, "a *:* rwm", "all devices");
}

int main(void)
{
    test_default_rules();
    test_container_devices();
    test_user_rules();
    test_texts();
    return done_testing();
}
