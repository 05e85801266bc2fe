#include "trace.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

int64_t trace_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void write_json(int64_t elapsed_us, const char *tag, const char *sentence)
{
    json_t *line = json_pack("{s:s, s:I, s:s, s:s}", "level", "debug", "us", (json_int_t)elapsed_us,
                             "tag", tag, "msg", sentence);
    char *text = json_dumps(line, JSON_COMPACT);
    if (text != NULL)
        (void)dprintf(STDERR_FILENO, "%s\n", text);
    free(text);
    json_decref(line);
}

void trace_line(const struct trace *trace, const char *tag, const char *sentence)
{
    trace_line_at(trace, trace_now_us(), tag, sentence);
}

void trace_line_at(const struct trace *trace, int64_t time_us, const char *tag,
                   const char *sentence)
{
    int64_t elapsed_us = time_us - trace->started_us;
    if (trace->json) {
        write_json(elapsed_us, tag, sentence);
        return;
    }
    char bracketed[16];
    (void)snprintf(bracketed, sizeof(bracketed), "[%s]", tag);
    (void)dprintf(STDERR_FILENO, "%-8s +%6lld us  %s\n", bracketed, (long long)elapsed_us,
                  sentence);
}

static void write_json_message(const char *level, const char *text, const char *hint)
{
    json_t *line = json_pack("{s:s, s:s, s:s*}", "level", level, "msg", text, "hint", hint);
    char *json = json_dumps(line, JSON_COMPACT);
    if (json != NULL)
        (void)dprintf(STDERR_FILENO, "%s\n", json);
    free(json);
    json_decref(line);
}

void trace_warning(const struct trace *trace, const char *text, const char *hint)
{
    if (trace->quiet)
        return;
    if (trace->json)
        write_json_message("warning", text, hint);
    else
        (void)dprintf(STDERR_FILENO, "launcher: warning: %s\nhint: %s\n", text, hint);
}

void trace_notice(const struct trace *trace, const char *text)
{
    if (trace->quiet)
        return;
    if (trace->json)
        write_json_message("notice", text, NULL);
    else
        (void)dprintf(STDERR_FILENO, "launcher: %s\n", text);
}

void trace_printf(const struct trace *trace, const char *tag, const char *format, ...)
{
    char sentence[LINE_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    trace_line(trace, tag, sentence);
}
