/* explain.h - errors in words, for cinit alone. Under launcher that is launcher's. */
#ifndef INIT_EXPLAIN_H
#define INIT_EXPLAIN_H

#include "execute.h"
#include "text.h"

/* The reason of a negative errno: in the C library's words for those that a start can meet, else its
 * number, written to `room`. */
const char *explain_error(int error, char room[TEXT_LINE_MAX]);

/* Why a command can't be executed: the words of exec_causes.def, written to `room` where an object is
 * part of them. */
const char *explain_failure(const struct exec_failure *failure, char room[TEXT_LINE_MAX]);

#endif
