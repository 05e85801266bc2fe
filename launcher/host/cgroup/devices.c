#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- are they needed ---- */

/* The last word counts, as in mount(8). */
static bool opens_nodes(const struct spec_mount *mount)
{
    bool nodev = false;
    for (size_t i = 0; i < mount->option_count; i++) {
        const char *word = mount->options[i] + (mount->options[i][0] == 'r' ? 1 : 0);
        if (strcmp(word, "nodev") == 0 || strcmp(word, "dev") == 0)
            nodev = word[0] == 'n';
    }
    return !nodev;
}

bool devices_reachable(const struct spec *spec)
{
    bool reachable = spec->seccomp != SECCOMP_DEFAULT_POLICY;
    for (size_t i = 0; i < spec->mount_count; i++)
        reachable = reachable || (!spec->mounts[i].standard && opens_nodes(&spec->mounts[i]));
    return reachable;
}

/* ---- the rules ---- */

enum { ANY = -1 };

/* docker's, which runc and crun add to every container. Making a node is allowed, for a node that
 * can't be opened is harmless; the default seccomp policy forbids most of it all the same. */
static const struct {
    char type;
    int major, minor;
    const char *access;
} DEFAULTS[] = {
    {'c', ANY, ANY, "m"},   {'b', ANY, ANY, "m"}, {'c', 1, 3, "rwm"}, /* null */
    {'c', 1, 5, "rwm"},                                               /* zero */
    {'c', 1, 7, "rwm"},                                               /* full */
    {'c', 1, 8, "rwm"},                                               /* random */
    {'c', 1, 9, "rwm"},                                               /* urandom */
    {'c', 5, 0, "rwm"},                                               /* tty */
    {'c', 5, 1, "rwm"},                                               /* console */
    {'c', 5, 2, "rwm"},                                               /* ptmx */
    {'c', 136, ANY, "rwm"},                                           /* the terminals of pts */
};

static struct limit number(int64_t value)
{
    return (struct limit){.set = value != ANY, .value = value};
}

/* "--device /dev/zero:/dev/z:r" is to limit a device that every container may write, too: what was
 * not asked for is taken back first. Not the making of the node, for cinit has to make it. */
static void add_device(struct device_filter *filter, const struct spec_device *device,
                       struct arena *arena)
{
    struct spec_device_rule rule = {.type = device->type,
                                    .major = number(device->major),
                                    .minor = number(device->minor),
                                    .access = "rw"};
    if (device->access != NULL)
        *ARENA_APPEND(arena, filter->rules, filter->count) = rule;
    rule.allow = true;
    rule.access = device->access != NULL ? device->access : "rwm";
    *ARENA_APPEND(arena, filter->rules, filter->count) = rule;
}

static void add_rules(struct device_filter *filter, const struct spec_resources *resources,
                      struct arena *arena)
{
    for (size_t i = 0; i < resources->device_rule_count; i++)
        *ARENA_APPEND(arena, filter->rules, filter->count) = resources->device_rules[i];
}

/* A config.json says itself which of its devices may be used, and begins with "none": the default
 * ones come behind its rules, as runc has them. */
struct device_filter devices_filter(const struct spec *spec, struct arena *arena)
{
    struct device_filter filter = {.count = 0};
    if (spec->resources.device_rules_first)
        add_rules(&filter, &spec->resources, arena);
    if (filter.count > 0 && devices_all_allowed(&filter))
        return filter;
    for (size_t i = 0; i < sizeof(DEFAULTS) / sizeof(DEFAULTS[0]); i++)
        *ARENA_APPEND(arena, filter.rules, filter.count) =
            (struct spec_device_rule){.allow = true,
                                      .type = DEFAULTS[i].type,
                                      .major = number(DEFAULTS[i].major),
                                      .minor = number(DEFAULTS[i].minor),
                                      .access = DEFAULTS[i].access};
    if (spec->resources.device_rules_first)
        return filter;
    for (size_t i = 0; i < spec->device_count; i++)
        if (spec->devices[i].type != 'p') /* a FIFO is no device */
            add_device(&filter, &spec->devices[i], arena);
    add_rules(&filter, &spec->resources, arena);
    return filter;
}

bool devices_all_allowed(const struct device_filter *filter)
{
    const struct spec_device_rule *last = &filter->rules[filter->count - 1];
    return filter->count > 0 && last->allow && last->type == 'a' && !last->major.set &&
           !last->minor.set && strlen(last->access) == 3;
}

/* ---- v2: a program ---- */

enum { INSTRUCTIONS_BEFORE = 5, INSTRUCTIONS_A_RULE = 9, INSTRUCTIONS_BEHIND = 2 };

/* What the registers hold all through the program. The scratch one begins as the context. */
enum register_name {
    ANSWER = BPF_REG_0,
    SCRATCH = BPF_REG_1,
    TYPE = BPF_REG_2,
    ACCESS = BPF_REG_3,
    MAJOR = BPF_REG_4,
    MINOR = BPF_REG_5,
};

#define REGISTER_MASK 0xfU /* four bits of an instruction name a register */

struct assembler {
    struct bpf_insn *instructions;
    size_t count;
};

static void emit(struct assembler *assembler, struct bpf_insn instruction)
{
    assembler->instructions[assembler->count++] = instruction;
}

static struct bpf_insn load_field(enum register_name to, size_t offset)
{
    struct bpf_insn instruction = {.code = BPF_LDX | BPF_MEM | BPF_W, .off = (short)offset};
    instruction.dst_reg = to & REGISTER_MASK;
    instruction.src_reg = SCRATCH & REGISTER_MASK;
    return instruction;
}

static struct bpf_insn alu(unsigned char operation, enum register_name to, int operand)
{
    struct bpf_insn instruction = {.code = (unsigned char)(BPF_ALU64 | operation | BPF_K),
                                   .imm = operand};
    instruction.dst_reg = to & REGISTER_MASK;
    return instruction;
}

static struct bpf_insn copy(enum register_name to, enum register_name from)
{
    struct bpf_insn instruction = {.code = BPF_ALU64 | BPF_MOV | BPF_X};
    instruction.dst_reg = to & REGISTER_MASK;
    instruction.src_reg = from & REGISTER_MASK;
    return instruction;
}

/* The distance of a jump to the next rule is filled in when the rule is complete. */
static struct bpf_insn skip_unless(enum register_name compared, int operand)
{
    struct bpf_insn instruction = {.code = BPF_JMP | BPF_JNE | BPF_K, .imm = operand};
    instruction.dst_reg = compared & REGISTER_MASK;
    return instruction;
}

static void emit_answer(struct assembler *assembler, bool allow)
{
    emit(assembler, alu(BPF_MOV, ANSWER, allow ? 1 : 0));
    emit(assembler, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

/* The lower half of access_type is the kind of device, the upper half what is wanted of it. */
static void emit_context(struct assembler *assembler)
{
    emit(assembler, load_field(TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type)));
    emit(assembler, copy(ACCESS, TYPE));
    emit(assembler, alu(BPF_AND, TYPE, 0xffff));
    emit(assembler, alu(BPF_RSH, ACCESS, 16));
    emit(assembler, load_field(MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major)));
    emit(assembler, load_field(MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor)));
}

static int access_bits(const char *access)
{
    int bits = 0;
    bits |= strchr(access, 'r') != NULL ? BPF_DEVCG_ACC_READ : 0;
    bits |= strchr(access, 'w') != NULL ? BPF_DEVCG_ACC_WRITE : 0;
    bits |= strchr(access, 'm') != NULL ? BPF_DEVCG_ACC_MKNOD : 0;
    return bits;
}

/* An allowing rule fits when it has all that is wanted, a refusing one when it has any of it. */
static void emit_access(struct assembler *assembler, const struct spec_device_rule *rule)
{
    int bits = access_bits(rule->access);
    if (bits == (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD))
        return;
    emit(assembler, copy(SCRATCH, ACCESS));
    emit(assembler, alu(BPF_AND, SCRATCH, rule->allow ? ~bits : bits));
    struct bpf_insn skip = skip_unless(SCRATCH, 0);
    if (!rule->allow)
        skip.code = BPF_JMP | BPF_JEQ | BPF_K;
    emit(assembler, skip);
}

static void emit_rule(struct assembler *assembler, const struct spec_device_rule *rule)
{
    size_t begin = assembler->count;
    if (rule->type != 'a')
        emit(assembler,
             skip_unless(TYPE, rule->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK));
    emit_access(assembler, rule);
    if (rule->major.set)
        emit(assembler, skip_unless(MAJOR, (int)rule->major.value));
    if (rule->minor.set)
        emit(assembler, skip_unless(MINOR, (int)rule->minor.value));
    size_t conditions_end = assembler->count;
    emit_answer(assembler, rule->allow);
    for (size_t i = begin; i < conditions_end; i++)
        if (BPF_CLASS(assembler->instructions[i].code) == BPF_JMP)
            assembler->instructions[i].off = (short)(assembler->count - i - 1);
}

/* From the last rule to the first: the first one that fits is then the one that decides. What
 * follows a rule that always fits could never run, and the kernel refuses programs with such parts. */
struct bpf_insn *devices_program(const struct device_filter *filter, struct arena *arena,
                                 size_t *ret_count)
{
    size_t most =
        INSTRUCTIONS_BEFORE + 1 + filter->count * INSTRUCTIONS_A_RULE + INSTRUCTIONS_BEHIND;
    struct assembler assembler = {.instructions =
                                      arena_alloc(arena, most * sizeof(struct bpf_insn))};
    bool decided = false;
    emit_context(&assembler);
    for (size_t i = filter->count; i > 0 && !decided; i--) {
        const struct spec_device_rule *rule = &filter->rules[i - 1];
        emit_rule(&assembler, rule);
        decided =
            rule->type == 'a' && !rule->major.set && !rule->minor.set && strlen(rule->access) == 3;
    }
    if (!decided)
        emit_answer(&assembler, false);
    *ret_count = assembler.count;
    return assembler.instructions;
}

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int load_program(const struct device_filter *filter, struct arena *arena)
{
    size_t count = 0;
    const struct bpf_insn *program = devices_program(filter, arena, &count);
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insns = (uint64_t)(uintptr_t)program,
        .insn_cnt = (uint32_t)count,
        .license = (uint64_t)(uintptr_t) "LGPL",
    };
    memcpy(attributes.prog_name, "launcher_dev", sizeof("launcher_dev"));
    return bpf(BPF_PROG_LOAD, &attributes);
}

static int hint_for_bpf(struct fail *fail)
{
    if (fail->code == -EPERM)
        return fail_hint(fail, "device rules need CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, on "
                               "the host; without them the other walls against devices stand");
    if (fail->code == -EINVAL || fail->code == -ENOSYS)
        return fail_hint(fail, "this kernel lacks CONFIG_CGROUP_BPF");
    return fail->code;
}

/* MULTI: a program of a cgroup above decides as well, and goes on doing so. */
int devices_attach(const struct cgroup_dir *dir, const struct device_filter *filter,
                   struct arena *arena, struct fail *fail)
{
    AUTO_FD int program_fd = load_program(filter, arena);
    if (program_fd < 0) {
        (void)fail_sys(fail, "load the device filter for the cgroup %s", dir->path);
        return hint_for_bpf(fail);
    }
    union bpf_attr attributes = {
        .target_fd = (uint32_t)dir->fd,
        .attach_bpf_fd = (uint32_t)program_fd,
        .attach_type = BPF_CGROUP_DEVICE,
        .attach_flags = BPF_F_ALLOW_MULTI,
    };
    if (bpf(BPF_PROG_ATTACH, &attributes) == 0)
        return 0;
    (void)fail_sys(fail, "attach the device filter to the cgroup %s", dir->path);
    return hint_for_bpf(fail);
}

/* ---- v1: two files ---- */

void devices_rule_text(const struct spec_device_rule *rule, char text[LIMIT_TEXT_MAX])
{
    char major[16] = "*", minor[16] = "*";
    if (rule->major.set)
        (void)snprintf(major, sizeof(major), "%u", (unsigned)rule->major.value);
    if (rule->minor.set)
        (void)snprintf(minor, sizeof(minor), "%u", (unsigned)rule->minor.value);
    (void)snprintf(text, LIMIT_TEXT_MAX, "%c %s:%s %s", rule->type, major, minor, rule->access);
}

/* One rule a write; the files stay open, for there are a dozen rules and more. */
struct rule_files {
    const struct cgroup_dir *dir;
    int fds[2]; /* devices.deny, devices.allow */
};

static const char *const RULE_FILES[] = {"devices.deny", "devices.allow"};

static int open_rule_files(const struct cgroup_dir *dir, struct rule_files *ret_files,
                           struct fail *fail)
{
    for (int i = 0; i < 2; i++) {
        ret_files->fds[i] = openat(dir->fd, RULE_FILES[i], O_WRONLY | O_CLOEXEC);
        if (ret_files->fds[i] < 0)
            return fail_sys(fail, "open %s/%s", dir->path, RULE_FILES[i]);
    }
    return 0;
}

static int write_rule(const struct rule_files *files, bool allow, const char *text,
                      struct fail *fail)
{
    if (write(files->fds[allow], text, strlen(text)) >= 0)
        return 0;
    return fail_sys(fail, "write \"%s\" to %s/%s", text, files->dir->path, RULE_FILES[allow]);
}

static int write_rules(const struct rule_files *files, const struct device_filter *filter,
                       struct fail *fail)
{
    TRY(write_rule(files, false, "a", fail));
    for (size_t i = 0; i < filter->count; i++) {
        char text[LIMIT_TEXT_MAX];
        devices_rule_text(&filter->rules[i], text);
        TRY(write_rule(files, filter->rules[i].allow, text, fail));
    }
    return 0;
}

int devices_write(const struct cgroup_dir *dir, const struct device_filter *filter,
                  struct fail *fail)
{
    struct rule_files files = {.dir = dir, .fds = {-1, -1}};
    int result = open_rule_files(dir, &files, fail);
    if (result >= 0)
        result = write_rules(&files, filter, fail);
    own_close(&files.fds[0]);
    own_close(&files.fds[1]);
    return result;
}
