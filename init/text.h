/* text.h - the few texts that cinit makes when nobody else does: numbers, and lines on stderr. */
#ifndef INIT_TEXT_H
#define INIT_TEXT_H

#include <stdint.h>

enum { TEXT_NUMBER_MAX = 24, TEXT_LINE_MAX = 512 };

struct text_number {
    char digits[TEXT_NUMBER_MAX];
};

/* `value` in decimal, written to the end of `room`; returns where it begins. */
const char *text_decimal(struct text_number *room, int64_t value);

/* Writes "cinit: ", the pieces (up to NULL) and a newline to stderr, in one write(2) so that no other
 * process's line comes in between. Control characters become "?": what is repeated of a command line
 * or a file can't speak to the terminal. A longer line is cut. */
#define TEXT_SAY(...) text_say((const char *const[]){__VA_ARGS__, NULL})
void text_say(const char *const *pieces);

#endif
