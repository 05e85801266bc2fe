/* log_read.h - the log of a detached container (run/container_log.h), read while it is written and put
 * aside: from the oldest file to the newest, to the byte what the container printed.
 */
#ifndef LAUNCHER_LOG_READ_H
#define LAUNCHER_LOG_READ_H

#include <stdbool.h>

#include "../run/container_log.h"

enum { LOG_RECORD_MAX = LOG_CHUNK + 64 };

struct log_record {
    const char *time; /* with its size; valid until the next call */
    size_t time_size;
    enum log_stream stream;
    bool whole; /* a line, whose newline is not in the text; else the beginning of one */
    const char *text;
    size_t size;
};

struct log_reader {
    const struct state *state;
    const char *names[LOG_FILES_MAX]; /* by their age */
    int fd;                           /* the file that is being read */
    size_t begin, end;
    bool gap; /* files were removed before they could be read, and nobody was told so yet */
    char bytes[2 * LOG_RECORD_MAX];
};

/* Begins with the oldest file. `state` outlives the reader. Errors: it has no log (-ENOENT). */
MUST_CHECK int log_reader_open(const struct state *state, struct arena *arena,
                               struct log_reader *ret_reader, struct fail *fail);

/* Reads the next record: returns 1; 0 when there is none now. */
MUST_CHECK int log_reader_next(struct log_reader *reader, struct log_record *ret_record,
                               struct fail *fail);

/* Reads and forgets all but the last `count` whole lines that are there by now. */
MUST_CHECK int log_reader_skip_to_tail(struct log_reader *reader, long count, struct arena *arena,
                                       struct fail *fail);

/* Says on stderr, once, that a part of the log went before it could be read. */
void log_reader_tell_gap(struct log_reader *reader);

void log_reader_close(struct log_reader *reader);

#endif
