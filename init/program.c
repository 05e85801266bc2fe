/* cinit under launcher: the init program is received, checked and applied. */
#include "program.h"

#include <linux/close_range.h>
#include <sys/prctl.h>

#include "apply.h"

/* Descriptors of launcher must not reach the payload. */
static int prepare_process(void)
{
    /* No other process may attach to us or look at our descriptors: until execve they are the
     * host's (CVE-2016-9962). */
    TRY(sys_prctl(PR_SET_DUMPABLE, 0, 0));
    sys_umask(0); /* modes of nodes and directories are as the program says */
    return sys_close_range(WIRE_FD, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* Where 0, 1 or 2 are closed, descriptors of "/" take their place until execve, so that none which
 * the terminal will be put over is in use. */
static int open_root(void)
{
    for (;;) {
        int fd = sys_open("/", O_PATH | O_DIRECTORY);
        if (fd < 0 || fd > WIRE_FD)
            return fd;
    }
}

/* The header is looked at before it is taken: it says how much room the program needs. */
static int peek_size(size_t *ret_size)
{
    struct program_header header;
    long size = sys_recv(WIRE_FD, &header, sizeof(header), MSG_PEEK);
    TRY((int)size);
    if (size == 0)
        sys_exit(EXIT_LAUNCHER); /* launcher is gone */
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
        long got = sys_recv(WIRE_FD, bytes + done, size - done, MSG_TRUNC);
        TRY((int)got);
        if (got == 0)
            sys_exit(EXIT_LAUNCHER);
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
    unsigned char *bytes = sys_map_memory(inside->program_size);
    if (bytes == NULL)
        return -ENOMEM;
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

_Noreturn void program_run(void)
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
