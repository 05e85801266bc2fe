#include "explain.h"

#include <errno.h>
#include <string.h>

#include "sys.h"

static const char *const REASONS[CAUSE_COUNT] = {
#define CAUSE(KIND, STATUS, REASON, HINT) [CAUSE_##KIND] = (REASON),
#include "../shared/exec_causes.def"
#undef CAUSE
};

static const struct {
    int error;
    const char *reason;
} ERRORS[] = {
    {EPERM, "Operation not permitted"},
    {E2BIG, "Argument list too long"},
    {EAGAIN, "a limit on processes is reached (RLIMIT_NPROC or pids.max)"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {ETXTBSY, "Text file busy"},
    {ELOOP, "Too many levels of symbolic links"},
    {ENAMETOOLONG, "File name too long"},
};

const char *explain_error(int error, char room[TEXT_LINE_MAX])
{
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
        if (ERRORS[i].error == -error)
            return ERRORS[i].reason;
    struct text_number digits;
    (void)stpcpy(stpcpy(room, "errno "), text_decimal(&digits, -error));
    return room;
}

/* "%s" stands for the object. No reason is so long that both don't fit. */
const char *explain_failure(const struct exec_failure *failure, char room[TEXT_LINE_MAX])
{
    const char *reason = REASONS[failure->cause];
    char *at = room;
    if (reason == NULL)
        return explain_error(failure->error, room);
    for (; *reason != '\0'; reason++) {
        if (*reason != '%') {
            *at++ = *reason;
            continue;
        }
        at = stpcpy(at, failure->object);
        reason++;
    }
    *at = '\0';
    return room;
}
