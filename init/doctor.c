/* Why could it not be executed? execve(2) answers "No such file" for a script whose interpreter is
 * missing and "Permission denied" for a directory. So we look at the file, as the kernel did
 * (fs/exec.c, binfmt_script.c, binfmt_elf.c). We run as the payload's user in the payload's root:
 * what we find out, the payload could have found out as well. */
#include <elf.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "execute.h"
#include "inside.h"

enum {
    HEAD_SIZE = 256,           /* BINPRM_BUF_SIZE: what the kernel reads of a file */
    PROGRAM_HEADERS_MAX = 128, /* PT_INTERP stands among the first ones */
    INTERPRETERS_MAX = 5,      /* an interpreter may be a script: so often, fs/exec.c */
};

struct patient {
    char *object; /* WIRE_OBJECT_MAX bytes */
    int error;
    int fd;
    unsigned depth; /* how many scripts led here */
    size_t head_size;
    union {
        char bytes[HEAD_SIZE + 1];
        Elf64_Ehdr elf;
    } head;
};

static const struct {
    uint16_t machine;
    const char *name; /* as uname -m says it */
} MACHINES[] = {
    {EM_386, "i386"},      {EM_X86_64, "x86_64"}, {EM_ARM, "arm"},    {EM_AARCH64, "aarch64"},
    {EM_RISCV, "riscv64"}, {EM_PPC64, "ppc64"},   {EM_S390, "s390x"}, {EM_MIPS, "mips"},
    {258, "loongarch64"}, /* EM_LOONGARCH, younger than many an elf.h */
};

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { OWN_MACHINE = EM_RISCV };
#endif

static enum exec_cause examine_file(const char *path, int error, unsigned depth,
                                    char object[WIRE_OBJECT_MAX]);

static void set_object(char *object, const char *text)
{
    size_t length = strnlen(text, WIRE_OBJECT_MAX - 1);
    memcpy(object, text, length);
    object[length] = '\0';
}

static bool exists(const char *path)
{
    return sys_access(path, F_OK) == 0;
}

static const char *machine_name(uint16_t machine)
{
    for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
        if (MACHINES[i].machine == machine)
            return MACHINES[i].name;
    return "unknown";
}

/* An interpreter or loader that can't be had either. */
static enum exec_cause examine_helper(const struct patient *patient, const char *helper,
                                      enum exec_cause missing)
{
    if (patient->error == -ENOENT && !exists(helper)) {
        set_object(patient->object, helper);
        return missing;
    }
    if (patient->error == -EACCES && sys_access(helper, X_OK) < 0) {
        set_object(patient->object, helper);
        return CAUSE_NOT_EXECUTABLE;
    }
    return CAUSE_ERRNO;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "#! /bin/sh -e\n" */
static enum exec_cause examine_script(struct patient *patient)
{
    char *interpreter = patient->head.bytes + 2;
    while (is_blank(*interpreter))
        interpreter++;
    char *end = interpreter;
    while (*end != '\0' && *end != '\n' && !is_blank(*end))
        end++;
    if (end == interpreter)
        return CAUSE_NO_FORMAT;
    *end = '\0';
    if (end[-1] == '\r' && patient->error == -ENOENT) {
        end[-1] = '\0';
        set_object(patient->object, interpreter);
        return CAUSE_CRLF;
    }
    enum exec_cause cause = examine_helper(patient, interpreter, CAUSE_MISSING_INTERPRETER);
    if (cause != CAUSE_ERRNO || patient->depth == INTERPRETERS_MAX)
        return cause;
    return examine_file(interpreter, patient->error, patient->depth + 1, patient->object);
}

static bool read_loader(const struct patient *patient, char loader[WIRE_OBJECT_MAX])
{
    const Elf64_Ehdr *elf = &patient->head.elf;
    for (unsigned i = 0; i < elf->e_phnum && i < PROGRAM_HEADERS_MAX; i++) {
        Elf64_Phdr header;
        uint64_t at = elf->e_phoff + i * sizeof(header);
        if (sys_pread(patient->fd, &header, sizeof(header), at) != (long)sizeof(header))
            return false;
        if (header.p_type != PT_INTERP)
            continue;
        long size = sys_pread(patient->fd, loader, WIRE_OBJECT_MAX - 1, header.p_offset);
        loader[size > 0 ? size : 0] = '\0'; /* the name ends with a NUL of its own */
        return size > 0;
    }
    return false;
}

static enum exec_cause examine_elf(struct patient *patient)
{
    const Elf64_Ehdr *elf = &patient->head.elf;
    if (patient->head_size < sizeof(*elf))
        return CAUSE_NO_FORMAT;
    uint16_t machine = elf->e_machine;
    if (elf->e_ident[EI_DATA] == ELFDATA2MSB) /* every machine that we are built for is the other */
        machine = __builtin_bswap16(machine);
    if (machine != OWN_MACHINE) {
        set_object(patient->object, machine_name(machine));
        return CAUSE_WRONG_ARCHITECTURE;
    }
    char loader[WIRE_OBJECT_MAX];
    if (elf->e_ident[EI_CLASS] != ELFCLASS64 || !read_loader(patient, loader))
        return CAUSE_ERRNO;
    return examine_helper(patient, loader, CAUSE_MISSING_LOADER);
}

static enum exec_cause examine_content(struct patient *patient)
{
    long size = sys_pread(patient->fd, patient->head.bytes, HEAD_SIZE, 0);
    if (size < 0)
        return CAUSE_ERRNO;
    if (size == 0)
        return CAUSE_EMPTY;
    patient->head_size = (size_t)size;
    patient->head.bytes[size] = '\0';
    if (memcmp(patient->head.bytes, "#!", 2) == 0)
        return examine_script(patient);
    if (size >= SELFMAG && memcmp(patient->head.bytes, ELFMAG, SELFMAG) == 0)
        return examine_elf(patient);
    bool is_text = memchr(patient->head.bytes, '\0', patient->head_size) == NULL;
    return is_text ? CAUSE_NO_SHEBANG : CAUSE_NO_FORMAT;
}

/* What can be said without opening the file. */
NO_ARRAYS static enum exec_cause examine_inode(const char *path, int error)
{
    struct statx status;
    struct statfs file_system;
    if (sys_statx(AT_FDCWD, path, 0, &status) < 0)
        return CAUSE_ERRNO;
    if (S_ISDIR(status.stx_mode))
        return CAUSE_DIRECTORY;
    if (error == -EACCES && sys_statfs(path, &file_system) == 0 && file_system.f_flags & ST_NOEXEC)
        return CAUSE_NOEXEC_MOUNT;
    if (!S_ISREG(status.stx_mode) || sys_access(path, X_OK) < 0)
        return CAUSE_NOT_EXECUTABLE;
    return CAUSE_ERRNO;
}

static enum exec_cause examine_file(const char *path, int error, unsigned depth,
                                    char object[WIRE_OBJECT_MAX])
{
    enum exec_cause cause = examine_inode(path, error);
    bool content_matters = error == -ENOENT || error == -EACCES || error == -ENOEXEC;
    if (cause != CAUSE_ERRNO || !content_matters)
        return cause;
    /* O_NONBLOCK: should it have become a FIFO meanwhile, we don't wait for a writer */
    AUTO_FD int fd = sys_open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return CAUSE_ERRNO;
    struct patient patient = {.object = object, .error = error, .fd = fd, .depth = depth};
    return examine_content(&patient);
}

enum exec_cause doctor_examine(const char *path, int error, char ret_object[WIRE_OBJECT_MAX])
{
    if (path == NULL)
        return CAUSE_NOT_FOUND;
    set_object(ret_object, path);
    if (error == -ENOENT && !exists(path))
        return CAUSE_NOT_FOUND;
    return examine_file(path, error, 0, ret_object);
}
