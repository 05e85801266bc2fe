/* notes.h - reading what cinit says on the sync pipe; shared/wire.h. */
#ifndef LAUNCHER_NOTES_H
#define LAUNCHER_NOTES_H

#include "../../shared/fail.h"
#include "../../shared/own.h"
#include "../../shared/wire.h"

/* One note. */
struct received {
    union {
        struct note_packet packet;
        struct note_begun begun;
    };
    size_t length;
    int fd; /* that came along; -1: none */
};

enum notes_state {
    NOTES_NONE, /* there is none now */
    NOTES_ONE,  /* here it is */
    NOTES_END,  /* end of file: no more will come */
};

/* `flags`: MSG_DONTWAIT, or 0 to wait for one. Returns enum notes_state, or a negative errno. */
MUST_CHECK int notes_receive(int sync_fd, int flags, struct received *ret_received,
                             struct fail *fail);

#endif
