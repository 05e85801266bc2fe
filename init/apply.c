#include "apply.h"

#include <errno.h>

/* Typed, and complete by construction: every row of steps.def is a case. */
static int apply_one(struct inside *inside, const struct op_head *op)
{
    switch (op->kind) {
#define OP(KIND, STRUCT, ...) \
    case OP_##KIND:           \
        return apply_##KIND(inside, (const struct STRUCT *)(const void *)op);
#define HOST(...)
#include "../shared/steps.def"
#undef OP
#undef HOST
    default:
        return -EPROTO;
    }
}

_Noreturn void apply_from(struct inside *inside, const struct op_head *op)
{
    for (; op != NULL; op = program_next(inside->program, op), inside->op++) {
        if (inside->trace)
            note_begun(inside);
        int result = apply_one(inside, op);
        if (result < 0)
            note_failed(inside, result);
    }
    sys_exit(0); /* a container without a process is at its end when it is started */
}
