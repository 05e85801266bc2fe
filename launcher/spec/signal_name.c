#include "signal_name.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    int number;
} NAMES[] = {
    {"HUP", SIGHUP},       {"INT", SIGINT},     {"QUIT", SIGQUIT}, {"ILL", SIGILL},
    {"TRAP", SIGTRAP},     {"ABRT", SIGABRT},   {"IOT", SIGABRT},  {"BUS", SIGBUS},
    {"FPE", SIGFPE},       {"KILL", SIGKILL},   {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2},     {"PIPE", SIGPIPE},   {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD},   {"CLD", SIGCHLD},  {"CONT", SIGCONT},
    {"STOP", SIGSTOP},     {"TSTP", SIGTSTP},   {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
    {"URG", SIGURG},       {"XCPU", SIGXCPU},   {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM},
    {"PROF", SIGPROF},     {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"POLL", SIGIO},
    {"PWR", SIGPWR},       {"SYS", SIGSYS},
};

enum { FIRST_REALTIME = 34, LAST_SIGNAL = 64 }; /* as kill(1) counts them */

/* "RTMIN+3": -1 where it is nothing like that. */
static int realtime(const char *text)
{
    bool from_first = strncasecmp(text, "RTMIN", 5) == 0;
    bool from_last = strncasecmp(text, "RTMAX", 5) == 0;
    const char *rest = text + 5;
    char *end = NULL;
    if (!from_first && !from_last)
        return -1;
    long distance = 0;
    if (*rest != '\0') {
        if (*rest != (from_first ? '+' : '-'))
            return -1;
        distance = strtol(rest + 1, &end, 10);
        if (end == rest + 1 || *end != '\0' || distance < 0 ||
            distance > LAST_SIGNAL - FIRST_REALTIME)
            return -1;
    }
    return from_first ? FIRST_REALTIME + (int)distance : LAST_SIGNAL - (int)distance;
}

static int by_name(const char *text)
{
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (strcasecmp(NAMES[i].name, text) == 0)
            return NAMES[i].number;
    return realtime(text);
}

static int by_number(const char *text)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);
    return *end == '\0' && number >= 0 && number <= LAST_SIGNAL ? (int)number : -1;
}

int signal_name_parse(const char *text, int *ret_number, struct fail *fail)
{
    bool digits = text[0] >= '0' && text[0] <= '9';
    int number = digits ? by_number(text) : by_name(text);
    if (number < 0) {
        (void)fail_set(fail, "\"%.40s\" is no signal", text);
        return fail_hint(fail, "a number up to 64, or a name as kill -l lists them: TERM, SIGTERM");
    }
    *ret_number = number;
    return 0;
}
