/* race.c - how many SIGTERMs does an init lose that come while it starts its command?
 *
 *     race [-n COUNT] ACTOR INIT [OPTION...]
 *
 * COUNT times: starts `INIT OPTION... -- ACTOR race` as process 1 of a PID namespace, waits until
 * the init has its signal mask up (before that the kernel drops a SIGTERM for process 1), waits a
 * little more and sends one SIGTERM. "A little" goes evenly from nothing to a quarter longer than
 * the command took to come up in some starts before, so the sweep crosses fork, setpgid and execve.
 *
 * No verdict depends on time: when the command is up it gets a SIGPWR through the init, and then
 * says whether SIGTERM was there before (see actor.c). A command that SIGTERM killed before it had
 * blocked it got it too.
 *
 * Prints LOST and COUNT.
 */
#include "tests/compare/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CALIBRATIONS = 25, EXIT_BY_TERM = 128 + SIGTERM };

struct race {
    char **argv;
    int count, lost;
    double window_us;
};

struct run {
    pid_t init;
    int answers;
    double mask_up_us;
};

/* Polls without a pause: the moment when the mask is up is the earliest that counts. While a process
 * is in sigwaitinfo(2), the kernel shows what it waits for as not blocked; an init that is so far
 * has a child. */
static void wait_for_mask(pid_t init)
{
    double deadline_us = now_us() + PATIENCE_MS * 1e3;
    while (now_us() < deadline_us) {
        struct status status = read_status(init);
        if ((status.blocked | status.caught) & SIGNAL_BIT(SIGTERM) || first_child(init) != 0)
            return;
        if (status.state == 0 || status.state == 'Z')
            die_saying("the init ended before it had a signal mask", "is it an init?");
    }
    die_saying("the init never blocked or handled SIGTERM", "deadline passed");
}

static struct run start_run(const struct race *race)
{
    int answers[2];
    open_pipe(answers);
    const struct start start = {
        .argv = race->argv, .terminal = -1, .stdin_fd = -1, .stdout_fd = answers[1]};
    struct run run = {.init = start_process_1(&start), .answers = answers[0]};
    (void)close(answers[1]); /* the namespace has its copies: the end of them all is our EOF */
    wait_for_mask(run.init);
    run.mask_up_us = now_us();
    return run;
}

static void send_signal(const struct run *run, int number)
{
    if (kill(run->init, number) < 0)
        die("signal", "the init");
}

static void spin_until(double time_us)
{
    while (now_us() < time_us) {
    }
}

/* Takes the command's last word: 'T', 'L', or -1 when it has died. */
static int end_run(const struct run *run)
{
    int answer = read_byte(run->answers);
    if (answer == 'u') {
        send_signal(run, SIGPWR);
        answer = read_byte(run->answers);
    }
    int status = wait_for(run->init);
    (void)close(run->answers);
    if (answer < 0 && status != EXIT_BY_TERM)
        die_saying("the command died, and not of SIGTERM", "try it by hand");
    return answer;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* From the mask to the command's first word, without a SIGTERM: the median of some starts. */
static double time_to_come_up(const struct race *race)
{
    double times_us[CALIBRATIONS];
    for (int i = 0; i < CALIBRATIONS; i++) {
        struct run run = start_run(race);
        if (read_byte(run.answers) != 'u')
            die_saying("the command did not come up", race->argv[0]);
        times_us[i] = now_us() - run.mask_up_us;
        send_signal(&run, SIGPWR);
        if (end_run(&run) != 'L')
            die_saying("the command saw a SIGTERM that nobody sent", race->argv[0]);
    }
    qsort(times_us, CALIBRATIONS, sizeof times_us[0], compare);
    return times_us[CALIBRATIONS / 2];
}

static void run_once(struct race *race, int number)
{
    struct run run = start_run(race);
    spin_until(run.mask_up_us + race->window_us * number / race->count);
    send_signal(&run, SIGTERM);
    if (end_run(&run) == 'L')
        race->lost++;
}

static int parse_count(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (*end || count < 1 || count > 1000000)
        die_saying("no number of runs", text);
    return (int)count;
}

int main(int argc, char **argv)
{
    struct race race = {.count = 1000};
    for (int option; (option = getopt(argc, argv, "+n:")) != -1;) {
        if (option != 'n')
            return EXIT_FAILURE;
        race.count = parse_count(optarg);
    }
    if (argc - optind < 2) {
        (void)fprintf(stderr, "usage: race [-n COUNT] ACTOR INIT [OPTION...]\n");
        return EXIT_FAILURE;
    }
    race.argv = command_under(argv + optind + 1, argv[optind], "race", NULL);
    race.window_us = 1.25 * time_to_come_up(&race);
    for (int i = 0; i < race.count; i++)
        run_once(&race, i);
    (void)printf("%d %d\n", race.lost, race.count);
    return EXIT_SUCCESS;
}
