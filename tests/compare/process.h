/* process.h - starts a program as process 1 of a PID namespace and watches it from outside.
 *
 * What goes wrong ends the program with a sentence on stderr and status 1: a comparison that lacks
 * a figure is worth nothing. Nothing outlives it: the kernel kills a namespace whose process 1 goes,
 * and process 1 goes with us. */
#ifndef TESTS_COMPARE_PROCESS_H
#define TESTS_COMPARE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    /* What takes longer has failed; no verdict of a comparison depends on it. */
    PATIENCE_MS = 30 * 1000,
    /* For a verdict that something does NOT happen: so long have all that could bring it about been
     * asleep, without a signal to wake them. Longer than tini's timer of one second. */
    QUIET_MS = 2 * 1000,
    POLL_MS = 5,
    MAX_WORDS = 64,
};

/* Sets of signals are as in /proc/PID/status: bit n-1 is signal n. */
#define SIGNAL_BIT(number) ((uint64_t)1 << ((number)-1))

struct start {
    char **argv;
    int terminal;              /* becomes 0, 1, 2 and the controlling terminal; -1: none */
    int stdin_fd;              /* -1: ours */
    int stdout_fd;             /* -1: ours */
    uint64_t blocked, ignored; /* all other signals are unblocked and have the default action */
};

struct status {
    char state; /* as in ps(1); 0: there is no such process */
    uint64_t pending, blocked, ignored, caught;
    long switches; /* voluntary and involuntary: a wake-up may end in either */
};

_Noreturn void die(const char *doing, const char *object);
_Noreturn void die_saying(const char *text, const char *object);

double now_us(void);
void sleep_ms(int time_ms);

/* Appends "-- ACTOR MODE [ARGUMENT]" to the words of an init and returns them, NULL-terminated, in a
 * static array. `argument` may be NULL. */
char **command_under(char **init, const char *actor, const char *mode, const char *argument);

/* Starts it with clone3(2) and execve(2), searching PATH. Returns its pid. A program that can't be
 * executed ends with status 127 and a line on stderr. */
pid_t start_process_1(const struct start *start);

/* A pipe that is not inherited by itself. Index 0 is read, index 1 written. */
void open_pipe(int ends[2]);

/* Reads one byte, or returns -1 at the end of the file. Dies when neither comes. */
int read_byte(int fd);

/* Reads up to the end of the file into `text`, terminated. */
void read_all(int fd, char *text, size_t size);

struct status read_status(pid_t pid);

/* The first child of a process, 0 when it has none. */
pid_t first_child(pid_t pid);

/* Waits for the end; the result is as in a shell: the exit code, or 128 plus the signal. */
int wait_for(pid_t pid);

/* The same when it has ended, -1 when it has not. */
int has_ended(pid_t pid);

/* SIGKILL to a process 1 of ours, and the wait for its whole namespace. */
void kill_process_1(pid_t pid);

/* Waits until it is stopped. */
void stop_process_1(pid_t pid);

/* Nothing moves: it sleeps or is stopped, and no signal is pending that could wake it. */
bool is_quiet(pid_t pid);

#endif
