#include "container_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "state_files.h"
#include "time_text.h"

/* Debian's musl declares neither the call nor its flag. */
#include <linux/fs.h>
#include <sys/syscall.h>

int container_log_open(const struct state *state, const struct detach_options *options,
                       struct arena *arena, struct container_log *ret_log, struct fail *fail)
{
    *ret_log = (struct container_log){.state = state, .options = options, .arena = arena, .fd = -1};
    for (unsigned age = 0; age < LOG_FILES_MAX; age++)
        ret_log->names[age] = state_file_name(state->id, FILE_LOG, age, arena);
    return state_file_create(state, FILE_LOG, arena, &ret_log->fd, fail);
}

void container_log_close(struct container_log *log)
{
    own_close(&log->fd);
}

/* ---- putting aside ---- */

static void make_older(const struct container_log *log)
{
    int root_fd = log->state->root_fd;
    for (unsigned age = log->options->log_files - 1; age > 1; age--) /* one may not be there yet */
        (void)renameat(root_fd, log->names[age - 1], root_fd, log->names[age]);
}

/* At every moment there is a file of the log's name: the new one changes places with the old one, or takes
 * the place of the only one. It is new indeed: who still reads the oldest keeps that as it was. */
static int put_aside(const struct container_log *log)
{
    int root_fd = log->state->root_fd;
    const char *name = log->names[0], *aside = log->names[1];
    unsigned exchange = log->options->log_files > 1 ? RENAME_EXCHANGE : 0;
    make_older(log);
    (void)unlinkat(root_fd, aside, 0); /* there may be none */
    AUTO_FD int fd = openat(root_fd, aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || syscall(SYS_renameat2, root_fd, aside, root_fd, name, exchange) < 0)
        return -errno;
    return take_fd(&fd);
}

/* Where there is no room for a new file, the old one grows on. */
static void rotate(struct container_log *log)
{
    int fd = put_aside(log);
    if (fd < 0)
        return;
    own_close(&log->fd);
    log->fd = fd;
    log->size = 0;
}

/* ---- writing ---- */

/* Records that are written together. */
struct batch {
    size_t used;
    int64_t printed; /* bytes of the container's in it */
    bool tells_loss;
    char bytes[LOG_CHUNK];
};

enum { PREFIX_MAX = 64 };

/* "2026-11-25T20:45:01.123456789Z stdout ": all of a chunk came at the same time. */
static void make_prefix(enum log_stream stream, char prefix[PREFIX_MAX])
{
    static const char *const names[] = {[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr"};
    char now[TIME_TEXT_SIZE];
    time_text_now(now);
    (void)snprintf(prefix, PREFIX_MAX, "%s %s ", now, names[stream]);
}

/* Half a record would spoil the next one: it is taken back. */
static int write_batch(struct container_log *log, const struct batch *batch)
{
    ssize_t written = pwrite(log->fd, batch->bytes, batch->used, log->size);
    if (written >= 0 && (size_t)written == batch->used) {
        log->size += written;
        return 0;
    }
    int result = written < 0 ? -errno : -ENOSPC;
    (void)ftruncate(log->fd, log->size); /* to make a file smaller needs no room */
    return result;
}

static void flush(struct container_log *log, struct batch *batch)
{
    if (log->size > 0 && log->size + (int64_t)batch->used > log->options->log_size)
        rotate(log);
    int result = write_batch(log, batch);
    if (result < 0) {
        log->lost += batch->printed;
        log->lost_for = result;
    } else if (batch->tells_loss) {
        log->lost = 0;
    }
    batch->used = 0;
    batch->printed = 0;
    batch->tells_loss = false;
}

static void add(struct batch *batch, const char *bytes, size_t size)
{
    memcpy(batch->bytes + batch->used, bytes, size);
    batch->used += size;
}

/* One record: at most as much of the text as a batch has room for. Returns how much that was. */
static size_t add_record(struct container_log *log, struct batch *batch, const char *prefix,
                         const char *text, size_t size)
{
    size_t prefix_size = strlen(prefix), around = prefix_size + 3; /* "F ", the newline */
    size_t room = sizeof(batch->bytes) - around;
    const char *newline = memchr(text, '\n', size < room ? size : room);
    bool whole = newline != NULL;
    size_t taken = whole ? (size_t)(newline - text) : size < room ? size : room;
    if (batch->used + around + taken > sizeof(batch->bytes))
        flush(log, batch);
    add(batch, prefix, prefix_size);
    add(batch, whole ? "F " : "P ", 2);
    add(batch, text, taken);
    add(batch, "\n", 1);
    taken += whole ? 1 : 0;
    batch->printed += (int64_t)taken;
    return taken;
}

/* What could not be written is gone, but not silently: it is told together with what comes next, as soon
 * as there is room for that. */
static void add_loss(struct container_log *log, struct batch *batch)
{
    char prefix[PREFIX_MAX], text[160];
    make_prefix(LOG_STDERR, prefix);
    int size = snprintf(text, sizeof(text), "launcher: %lld bytes of output are missing here: %s\n",
                        (long long)log->lost, strerror(-log->lost_for));
    (void)add_record(log, batch, prefix, text, (size_t)size);
    batch->printed = 0; /* this is ours */
    batch->tells_loss = true;
}

void container_log_write(struct container_log *log, enum log_stream stream, const char *bytes,
                         size_t size)
{
    struct batch batch;
    char prefix[PREFIX_MAX];
    batch.used = 0; /* not all of it: the rest is big, and is written before it is read */
    batch.printed = 0;
    batch.tells_loss = false;
    if (log->lost > 0)
        add_loss(log, &batch);
    make_prefix(stream, prefix);
    while (size > 0) {
        size_t taken = add_record(log, &batch, prefix, bytes, size);
        bytes += taken;
        size -= taken;
    }
    flush(log, &batch);
}
