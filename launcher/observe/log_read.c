#include "log_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../run/state_files.h"

/* ---- files ---- */

static int open_file(const struct log_reader *reader, unsigned age)
{
    return openat(reader->state->root_fd, reader->names[age], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int open_oldest(const struct log_reader *reader)
{
    for (unsigned age = LOG_FILES_MAX; age-- > 0;) {
        int fd = open_file(reader, age);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

int log_reader_open(const struct state *state, struct arena *arena, struct log_reader *ret_reader,
                    struct fail *fail)
{
    ret_reader->state = state;
    for (unsigned age = 0; age < LOG_FILES_MAX; age++)
        ret_reader->names[age] = state_file_name(state->id, FILE_LOG, age, arena);
    ret_reader->begin = ret_reader->end = 0;
    ret_reader->gap = false;
    ret_reader->fd = open_oldest(ret_reader);
    if (ret_reader->fd >= 0)
        return 0;
    (void)fail_code(fail, -ENOENT, "opening the log of the container %s", state->id);
    return fail_hint(fail, "launcher keeps one for what launcher run --detach has started");
}

void log_reader_tell_gap(struct log_reader *reader)
{
    if (reader->gap)
        (void)fputs("launcher: a part of the log was removed before it could be read\n", stderr);
    reader->gap = false;
}

void log_reader_close(struct log_reader *reader)
{
    own_close(&reader->fd);
}

/* How often the file that is being read was put aside by now; -1: it is none of the log any more. Files
 * become older while we look, and so do we: none can be missed. */
static int age_of(const struct log_reader *reader, const struct stat *file)
{
    for (unsigned age = 0; age < LOG_FILES_MAX; age++) {
        struct stat status;
        if (fstatat(reader->state->root_fd, reader->names[age], &status, AT_SYMLINK_NOFOLLOW) ==
                0 &&
            status.st_ino == file->st_ino && status.st_dev == file->st_dev)
            return (int)age;
    }
    return -1;
}

/* The file that follows the one being read: -1 when that is the newest, or the log went with its
 * container. Between the look and the opening files may be put aside: then it is looked again. */
static int open_next(struct log_reader *reader)
{
    struct stat file;
    if (fstat(reader->fd, &file) < 0)
        return -1;
    for (;;) {
        int age = age_of(reader, &file);
        if (age == 0)
            return -1;
        AUTO_FD int next = age > 0 ? open_file(reader, (unsigned)age - 1) : open_oldest(reader);
        if (next < 0 && age < 0)
            return -1;
        if (next < 0 || age_of(reader, &file) != age)
            continue;
        reader->gap = reader->gap || age < 0;
        return take_fd(&next);
    }
}

/* ---- records ---- */

/* Returns the bytes read; 0: there are no more in this file. */
static ssize_t fill(struct log_reader *reader, struct fail *fail)
{
    memmove(reader->bytes, reader->bytes + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    ssize_t size;
    do
        size = read(reader->fd, reader->bytes + reader->end, sizeof(reader->bytes) - reader->end);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return fail_sys(fail, "reading the log of the container %s", reader->state->id);
    reader->end += (size_t)size;
    return size;
}

/* "TIME STREAM F TEXT"; what is not of that form was not written by us. */
static bool parse_record(const char *line, size_t size, struct log_record *ret_record)
{
    static const char STREAM[] = " stdout F ", OTHER[] = " stderr F ";
    const char *space = memchr(line, ' ', size);
    size_t head = sizeof(STREAM) - 1;
    if (space == NULL || size - (size_t)(space - line) < head)
        return false;
    bool is_error = memcmp(space, OTHER, head - 3) == 0;
    if (!is_error && memcmp(space, STREAM, head - 3) != 0)
        return false;
    *ret_record = (struct log_record){
        .time = line,
        .time_size = (size_t)(space - line),
        .stream = is_error ? LOG_STDERR : LOG_STDOUT,
        .whole = space[head - 2] == 'F',
        .text = space + head,
        .size = size - (size_t)(space - line) - head,
    };
    return true;
}

static bool take_record(struct log_reader *reader, struct log_record *ret_record)
{
    while (reader->begin < reader->end) {
        const char *line = reader->bytes + reader->begin;
        const char *newline = memchr(line, '\n', reader->end - reader->begin);
        if (newline == NULL)
            return false;
        reader->begin += (size_t)(newline - line) + 1;
        if (parse_record(line, (size_t)(newline - line), ret_record))
            return true;
    }
    return false;
}

int log_reader_next(struct log_reader *reader, struct log_record *ret_record, struct fail *fail)
{
    for (;;) {
        if (take_record(reader, ret_record))
            return 1;
        ssize_t size = fill(reader, fail);
        if (size < 0)
            return (int)size;
        if (size > 0)
            continue;
        AUTO_FD int next = open_next(reader);
        if (next < 0)
            return 0;
        /* It may have been written to between our reading and its being put aside. */
        size = fill(reader, fail);
        if (size != 0)
            continue;
        own_close(&reader->fd);
        reader->fd = take_fd(&next);
        reader->begin = reader->end = 0;
    }
}

/* ---- the last lines ---- */

static int count_lines(const struct state *state, struct arena *arena, long *ret_count,
                       struct fail *fail)
{
    struct log_reader *counter = arena_alloc(arena, sizeof(*counter));
    struct log_record record;
    int result;
    *ret_count = 0;
    TRY(log_reader_open(state, arena, counter, fail));
    while ((result = log_reader_next(counter, &record, fail)) > 0)
        *ret_count += record.whole ? 1 : 0;
    log_reader_close(counter);
    return result;
}

int log_reader_skip_to_tail(struct log_reader *reader, long count, struct arena *arena,
                            struct fail *fail)
{
    long lines = 0;
    TRY(count_lines(reader->state, arena, &lines, fail));
    while (lines > count) {
        struct log_record record;
        int result = log_reader_next(reader, &record, fail);
        if (result <= 0)
            return result;
        lines -= record.whole ? 1 : 0;
    }
    return 0;
}
