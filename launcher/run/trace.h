/* trace.h - the live trace (-v): one line a system-level step, with the microseconds since start.
 *
 *     [ns]     +  412 us  creating pid, mnt, net, ipc, uts namespaces
 */
#ifndef LAUNCHER_TRACE_H
#define LAUNCHER_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct trace {
    bool on;
    bool json;            /* --log-format json */
    bool quiet;           /* no warnings either */
    const char *log_file; /* gets warnings and notices, as JSON, instead of stderr; NULL: none */
    int64_t started_us;
};

/* CLOCK_REALTIME in microseconds: the one clock that is the same in every time namespace. */
int64_t trace_now_us(void);

/* Writes one line to stderr, with the present time or the one that is given: the caller has looked at
 * trace->on. What cinit did while launcher was busy is told afterwards, with the time of the deed. */
void trace_line(const struct trace *trace, const char *tag, const char *sentence);
void trace_line_at(const struct trace *trace, int64_t time_us, const char *tag,
                   const char *sentence);

/* A line of a step, made only when the trace is on. */
#define TRACE(trace, tag, ...)                         \
    do {                                               \
        if (__builtin_expect((trace)->on, 0))          \
            trace_printf((trace), (tag), __VA_ARGS__); \
    } while (0)

void trace_printf(const struct trace *trace, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says on stderr, unless it is to be quiet, how the container ended. */
void trace_notice(const struct trace *trace, const char *text);

/* Says on stderr, unless it is to be quiet, what the user should know though the run goes on. */
void trace_warning(const struct trace *trace, const char *text, const char *hint);

#endif
