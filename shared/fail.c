#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append_reason(struct fail *fail, int code)
{
    size_t used = strlen(fail->text);
    (void)snprintf(fail->text + used, sizeof(fail->text) - used, ": %s", strerror(-code));
}

int fail_sys(struct fail *fail, const char *doing, ...)
{
    int code = -errno;
    va_list arguments;
    va_start(arguments, doing);
    (void)vsnprintf(fail->text, sizeof(fail->text), doing, arguments);
    va_end(arguments);
    append_reason(fail, code);
    return fail->code = code;
}

int fail_code(struct fail *fail, int code, const char *doing, ...)
{
    va_list arguments;
    va_start(arguments, doing);
    (void)vsnprintf(fail->text, sizeof(fail->text), doing, arguments);
    va_end(arguments);
    append_reason(fail, code);
    return fail->code = code;
}

int fail_set(struct fail *fail, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    (void)vsnprintf(fail->text, sizeof(fail->text), text, arguments);
    va_end(arguments);
    return fail->code = -EINVAL;
}

int fail_context(struct fail *fail, const char *context, ...)
{
    char inner[sizeof(fail->text)];
    memcpy(inner, fail->text, sizeof(inner));

    va_list arguments;
    va_start(arguments, context);
    int used = vsnprintf(fail->text, sizeof(fail->text), context, arguments);
    va_end(arguments);
    /* What does not fit is cut off at the end, where the reason of the innermost error stands. */
    if (used >= 0 && (size_t)used < sizeof(fail->text) &&
        snprintf(fail->text + used, sizeof(fail->text) - (size_t)used, ": %s", inner) < 0)
        fail->text[used] = '\0';
    return fail->code;
}

int fail_append(struct fail *fail, const char *more, ...)
{
    size_t used = strlen(fail->text);
    va_list arguments;
    va_start(arguments, more);
    (void)vsnprintf(fail->text + used, sizeof(fail->text) - used, more, arguments);
    va_end(arguments);
    return fail->code;
}

int fail_hint(struct fail *fail, const char *hint, ...)
{
    if (fail->hint[0] != '\0')
        return fail->code;
    va_list arguments;
    va_start(arguments, hint);
    (void)vsnprintf(fail->hint, sizeof(fail->hint), hint, arguments);
    va_end(arguments);
    return fail->code;
}
