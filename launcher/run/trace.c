#include "trace.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../shared/own.h"

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

/* Where stderr is the container's, what engines do not read would only disturb. */
static void log_message(const struct trace *trace, const char *level, const char *text)
{
    AUTO_FD int fd = open(trace->log_file,
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    if (fd < 0)
        return;
    char time[64];
    time_t now = trace_now_us() / 1000000;
    struct tm utc;
    (void)strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_t *line = json_pack("{s:s, s:s, s:s}", "level", level, "msg", text, "time", time);
    AUTO_FREE char *json = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (json != NULL)
        (void)dprintf(fd, "%s\n", json);
}

void trace_warning(const struct trace *trace, const char *text, const char *hint)
{
    if (trace->quiet)
        return;
    if (trace->log_file != NULL)
        log_message(trace, "warning", text);
    else if (trace->json)
        write_json_message("warning", text, hint);
    else
        (void)dprintf(STDERR_FILENO, "launcher: warning: %s\nhint: %s\n", text, hint);
}

void trace_notice(const struct trace *trace, const char *text)
{
    if (trace->quiet)
        return;
    if (trace->log_file != NULL)
        log_message(trace, "info", text);
    else if (trace->json)
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
