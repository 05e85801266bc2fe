/* cinit - PID 1 of a container. It is told what to do by launcher: a program of ops on fd 3, see
 * shared/wire.h. It reads no file for instructions, parses no text and allocates nothing. */
#include <linux/close_range.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../shared/version.h"
#include "apply.h"
#include "sys.h"

#define USAGE                  \
    "usage: cinit --version\n" \
    "cinit is the init process of a container; launcher starts it as \"cinit --program\"\n"

/* The first thing of all: nothing inherited may hang or interrupt what follows. An ignored SIGCHLD
 * would make every wait fail, and descriptors of launcher must not reach the payload. */
static int prepare_process(void)
{
    TRY(sys_set_disposition(SIGCHLD, SIG_DFL));
    TRY(sys_set_signal_mask(~(uint64_t)0));
    /* No other process may attach to us or look at our descriptors: until execve they are the
     * host's (CVE-2016-9962). */
    TRY(sys_prctl(PR_SET_DUMPABLE, 0, 0));
    (void)umask(0); /* modes of nodes and directories are as the program says */
    return sys_close_range(WIRE_FD, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* Where 0, 1 or 2 are closed, descriptors of "/" take their place until execve, so that none which
 * the terminal will be put over is in use. */
static int open_root(void)
{
    for (;;) {
        int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            return -errno;
        if (fd > WIRE_FD)
            return fd;
    }
}

/* The header is looked at before it is taken: it says how much room the program needs. */
static int peek_size(size_t *ret_size)
{
    struct program_header header;
    ssize_t size = recv(WIRE_FD, &header, sizeof(header), MSG_PEEK);
    if (size < 0)
        return -errno;
    if (size == 0)
        _exit(EXIT_LAUNCHER); /* launcher is gone */
    if (size != sizeof(header) || header.magic != WIRE_MAGIC || header.size < sizeof(header) ||
        header.size > WIRE_PROGRAM_MAX)
        return -EPROTO;
    *ret_size = header.size;
    return 0;
}

static int receive_packets(unsigned char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        /* MSG_TRUNC: the size of the packet, even where it is more than we have room for */
        ssize_t got = recv(WIRE_FD, bytes + done, size - done, MSG_TRUNC);
        if (got < 0)
            return -errno;
        if (got == 0)
            _exit(EXIT_LAUNCHER);
        if ((size_t)got > size - done)
            return -EPROTO;
        done += (size_t)got;
    }
    return 0;
}

static bool has_spawn(const void *program)
{
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL;)
        if (op->kind == OP_SPAWN)
            return true;
    return false;
}

static int receive_program(struct inside *inside)
{
    TRY(peek_size(&inside->program_size));
    void *bytes = mmap(NULL, inside->program_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    inside->program = bytes;
    TRY(receive_packets(bytes, inside->program_size));
    TRY(program_check(bytes, inside->program_size));
    program_relocate(bytes);
    inside->trace = ((const struct program_header *)bytes)->flags & PROGRAM_TRACE;
    inside->spawns = has_spawn(bytes);
    return 0;
}

static int prepare(struct inside *inside)
{
    TRY(prepare_process());
    inside->root_fd = open_root();
    TRY(inside->root_fd);
    TRY(receive_program(inside));
    return 0;
}

static _Noreturn void run_program(void)
{
    struct inside inside = {
        .op = WIRE_NO_OP,
        .root_fd = -1,
        .devnull_fd = -1,
        .proc_fd = -1,
        .procfs_fd = -1,
        .empty_fd = -1,
        .console_fd = -1,
        .directory_fd = -1,
        .exit_status = EXIT_LAUNCHER,
    };
    int result = prepare(&inside);
    if (result < 0)
        note_failed(&inside, result);
    inside.op = 0;
    apply_from(&inside, program_next(inside.program, NULL));
}

static int say(int fd, const char *text, int status)
{
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored; /* there is nobody else to tell */
    return status;
}

int main(int argc, char **argv)
{
    /* Whoever starts us decides what we do: as a set-user-ID program we would do it as root. */
    if (getauxval(AT_SECURE) != 0)
        return EXIT_LAUNCHER;
    if (argc == 2 && strcmp(argv[1], "--program") == 0)
        run_program();
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return say(STDOUT_FILENO, "cinit " VERSION "\n", 0);
    return say(STDERR_FILENO, USAGE, EXIT_LAUNCHER);
}
