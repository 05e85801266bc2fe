/* apply.h - one op kind, one function, named after its row in steps.def: the prototypes are made
 * from that table, so an op without a function does not link.
 */
#ifndef INIT_APPLY_H
#define INIT_APPLY_H

#include "inside.h"

/* Each applies one op and returns 0, or a negative errno. */
#define OP(KIND, STRUCT, ...) \
    MUST_CHECK int apply_##KIND(struct inside *inside, const struct STRUCT *op);
#define HOST(...)
#include "../shared/steps.def"
#undef OP
#undef HOST

/* Applies `op` and all that follow it. Does not return: the last op becomes the payload, and an op
 * that fails ends the process. */
_Noreturn void apply_from(struct inside *inside, const struct op_head *op);

#endif
