#include "detached_io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- making ---- */

/* The child has to find its end as every program expects it; ours must never make us wait. */
static int make_pipe(int *ret_childs, int *ret_ours, bool child_reads, struct fail *fail)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return fail_sys(fail, "creating a pipe to the container");
    *ret_childs = pair[child_reads ? 0 : 1];
    *ret_ours = pair[child_reads ? 1 : 0];
    if (fcntl(*ret_ours, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(fail, "making a pipe non-blocking");
    return 0;
}

static int open_null(int *ret_fd, struct fail *fail)
{
    *ret_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *ret_fd < 0 ? fail_sys(fail, "opening /dev/null") : 0;
}

int detached_io_open(bool terminal, bool interactive, struct detached_io *ret_io, struct fail *fail)
{
    struct detached_io *io = ret_io;
    *io = DETACHED_IO_NONE;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        bool reads = fd == STDIN_FILENO;
        if (terminal || (reads && !interactive))
            TRY(open_null(&io->payload[fd], fail));
        else
            TRY(make_pipe(&io->payload[fd], reads ? &io->input : &io->outputs[fd - 1], reads,
                          fail));
    }
    return 0;
}

void detached_io_given(struct detached_io *io)
{
    for (int i = 0; i < 3; i++)
        own_close(&io->payload[i]);
}

int detached_io_take_terminal(struct detached_io *io, int master, struct fail *fail)
{
    io->outputs[LOG_STDOUT] = master;
    if (fcntl(master, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(fail, "making the container's terminal non-blocking");
    io->input = fcntl(master, F_DUPFD_CLOEXEC, 3);
    return io->input < 0 ? fail_sys(fail, "copying the descriptor of the container's terminal") : 0;
}

void detached_io_close(struct detached_io *io)
{
    detached_io_given(io);
    own_close(&io->input);
    for (int i = 0; i < OUTPUTS; i++)
        own_close(&io->outputs[i]);
}

/* ---- reading ---- */

/* Returns false when there is nothing more now. */
static bool read_output(struct detached_io *io, enum log_stream stream, struct container_log *log)
{
    char bytes[LOG_CHUNK];
    ssize_t size = read(io->outputs[stream], bytes, sizeof(bytes));
    if (size > 0) {
        container_log_write(log, stream, bytes, (size_t)size);
        return true;
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR))
        own_close(&io->outputs[stream]); /* EIO of a pty: no process has it open any more */
    return false;
}

void detached_io_poll_prepare(const struct detached_io *io, struct pollfd fds[OUTPUTS])
{
    for (int i = 0; i < OUTPUTS; i++)
        fds[i] = (struct pollfd){.fd = io->outputs[i], .events = POLLIN};
}

void detached_io_poll_handle(struct detached_io *io, const struct pollfd fds[OUTPUTS],
                             struct container_log *log)
{
    for (int i = 0; i < OUTPUTS; i++)
        if (fds[i].revents != 0)
            (void)read_output(io, (enum log_stream)i, log);
}

void detached_io_drain(struct detached_io *io, struct container_log *log)
{
    for (int i = 0; i < OUTPUTS; i++)
        while (io->outputs[i] >= 0 && read_output(io, (enum log_stream)i, log))
            continue;
}
