/* sentence.h - PURE: the one place where a row of shared/steps.def becomes text. The live trace,
 * `launcher plan` and the error messages all come here. */
#ifndef LAUNCHER_SENTENCE_H
#define LAUNCHER_SENTENCE_H

#include "../../shared/wire.h"
#include "plan.h"

enum { SENTENCE_MAX = 400 }; /* longer ones end with "..." */

/* "mnt", "ns", "cgroup" ...: the room that a step belongs to. */
const char *host_step_tag(enum host_step_kind kind);
const char *op_tag(unsigned kind);

/* The name of the kind in steps.def: "MOUNT", "SECCOMP". */
const char *host_step_name(enum host_step_kind kind);
const char *op_name(unsigned kind);

/* Writes the sentence of a step, without a final period. `program` is checked and not relocated. */
void host_step_sentence(const struct host_step *step, char text[SENTENCE_MAX]);
void op_sentence(const void *program, const struct op_head *op, char text[SENTENCE_MAX]);

#endif
