/* pair.c - compares the wall-clock time of commands, measured by turns.
 *
 *     pair [-n ROUNDS] [-w WARMUP] [-p PAUSE_US] [-s SEED] NAME=COMMAND...
 *
 * Each round runs every command once, in a new random order: the machine's slow drifts (frequency,
 * neighbours, page cache) hit all alike, and no command always follows the same other one, whose
 * namespaces the kernel is still tearing down in the background. The pause lets most of that
 * teardown pass before the next start. A COMMAND is split at blanks; there is no quoting.
 *
 * One line for each command on stdout, ratios against the first command:
 *
 *     NAME MEDIAN_US P10_US P90_US RATIO_OF_MEDIANS MEDIAN_OF_RATIOS PEAK_RSS_KIB
 *
 * MEDIAN_OF_RATIOS compares inside each round first and is the steadier of the two. PEAK_RSS_KIB is
 * ru_maxrss of wait4(2): the largest of the command and of all descendants that it waited for. The
 * kernel counts our own pages too, those before execve, which is why this program is small.
 * A command that doesn't exit with 0 ends the comparison with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_ARGUMENTS = 128 };

struct command {
    const char *name;
    char *argv[MAX_ARGUMENTS + 1];
    double *times_us; /* one for each round */
    long peak_rss_kib;
};

struct options {
    int rounds, warmup;
    useconds_t pause_us;
    uint64_t seed;
};

struct bench {
    struct options options;
    struct command commands[MAX_COMMANDS];
    int command_count;
    uint64_t random_state;
    posix_spawn_file_actions_t quiet;
};

extern char **environ;

_Noreturn static void die(const char *doing, const char *object, int code)
{
    (void)fprintf(stderr, "pair: %s %s: %s\n", doing, object, strerror(code));
    exit(EXIT_FAILURE);
}

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for an unknown clock */
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* xorshift64: a fixed seed makes the same order again. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Fisher-Yates. */
static void shuffle(int *order, int count, uint64_t *state)
{
    for (int i = count - 1; i > 0; i--) {
        int other = (int)(next_random(state) % (uint64_t)(i + 1));
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

static void must_succeed(const struct command *command, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    (void)fprintf(stderr, "pair: %s (%s) ended with %s %d\n", command->name, command->argv[0],
                  WIFSIGNALED(status) ? "signal" : "status",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    exit(EXIT_FAILURE);
}

/* One run, from the spawn to the end of the wait. posix_spawn is a vfork: our size is no cost. */
static double run_once(const struct bench *bench, struct command *command)
{
    pid_t pid;
    int status;
    struct rusage usage;
    double begin_us = now_us();
    int result = posix_spawnp(&pid, command->argv[0], &bench->quiet, NULL, command->argv, environ);
    if (result != 0)
        die("start", command->argv[0], result);
    while (wait4(pid, &status, 0, &usage) < 0) {
        if (errno != EINTR)
            die("wait for", command->argv[0], errno);
    }
    double end_us = now_us();
    must_succeed(command, status);
    if (usage.ru_maxrss > command->peak_rss_kib)
        command->peak_rss_kib = usage.ru_maxrss;
    return end_us - begin_us;
}

/* Rounds below 0 are the warm-up. */
static void run_rounds(struct bench *bench)
{
    int order[MAX_COMMANDS];
    for (int i = 0; i < bench->command_count; i++)
        order[i] = i;
    for (int round = -bench->options.warmup; round < bench->options.rounds; round++) {
        shuffle(order, bench->command_count, &bench->random_state);
        for (int i = 0; i < bench->command_count; i++) {
            struct command *command = &bench->commands[order[i]];
            (void)usleep(bench->options.pause_us); /* ended early by a signal: a shorter pause */
            double time_us = run_once(bench, command);
            if (round >= 0)
                command->times_us[round] = time_us;
        }
    }
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Nearest rank of a sorted array; the mean of the two middle values is not worth its code. */
static double quantile(const double *sorted, int count, double part)
{
    return sorted[(int)(part * (double)(count - 1) + 0.5)];
}

static double *allocate(int count)
{
    double *values = calloc((size_t)count, sizeof *values);
    if (!values)
        die("allocate", "the samples", errno);
    return values;
}

static double median_of_ratios(const struct command *command, const struct command *base,
                               int rounds)
{
    double *ratios = allocate(rounds);
    for (int i = 0; i < rounds; i++)
        ratios[i] = command->times_us[i] / base->times_us[i];
    qsort(ratios, (size_t)rounds, sizeof *ratios, compare);
    double median = quantile(ratios, rounds, 0.5);
    free(ratios);
    return median;
}

static void report(const struct bench *bench)
{
    const struct command *base = &bench->commands[0];
    int rounds = bench->options.rounds;
    double paired[MAX_COMMANDS];
    for (int i = 0; i < bench->command_count; i++) /* needs the order of rounds: before sorting */
        paired[i] = median_of_ratios(&bench->commands[i], base, rounds);
    for (int i = 0; i < bench->command_count; i++)
        qsort(bench->commands[i].times_us, (size_t)rounds, sizeof(double), compare);
    double base_us = quantile(base->times_us, rounds, 0.5);
    for (int i = 0; i < bench->command_count; i++) {
        const struct command *command = &bench->commands[i];
        double median_us = quantile(command->times_us, rounds, 0.5);
        (void)printf("%s %.0f %.0f %.0f %.3f %.3f %ld\n", command->name, median_us,
                     quantile(command->times_us, rounds, 0.1),
                     quantile(command->times_us, rounds, 0.9), median_us / base_us, paired[i],
                     command->peak_rss_kib);
    }
}

/* Splits "name=program argument..." in place. */
static void parse_command(struct command *command, char *text, int rounds)
{
    char *cursor = strchr(text, '=');
    if (!cursor)
        die("read", text, EINVAL);
    *cursor++ = '\0';
    command->name = text;
    int count = 0;
    for (char *word; (word = strsep(&cursor, " ")) != NULL;) {
        if (!*word)
            continue;
        if (count == MAX_ARGUMENTS)
            die("read the arguments of", command->name, E2BIG);
        command->argv[count++] = word;
    }
    if (count == 0)
        die("read the command of", command->name, EINVAL);
    command->times_us = allocate(rounds);
}

static long parse_number(const char *text, long least)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end || end == text || value < least || value > 1000000000)
        die("read the number", text, EINVAL);
    return value;
}

static void parse_options(struct options *options, int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "n:w:p:s:")) != -1;) {
        switch (option) {
        case 'n':
            options->rounds = (int)parse_number(optarg, 1);
            break;
        case 'w':
            options->warmup = (int)parse_number(optarg, 0);
            break;
        case 'p':
            options->pause_us = (useconds_t)parse_number(optarg, 0);
            break;
        case 's':
            options->seed = (uint64_t)parse_number(optarg, 1);
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
}

static void open_quiet(posix_spawn_file_actions_t *actions)
{
    int result = posix_spawn_file_actions_init(actions);
    if (result == 0)
        result = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (result == 0)
        result = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (result != 0)
        die("prepare", "standard input and output", result);
}

int main(int argc, char **argv)
{
    static struct bench bench = {
        .options = {.rounds = 100, .warmup = 5, .pause_us = 3000, .seed = 1},
    };
    parse_options(&bench.options, argc, argv);
    bench.command_count = argc - optind;
    if (bench.command_count < 1 || bench.command_count > MAX_COMMANDS) {
        (void)fprintf(stderr, "usage: pair [-n ROUNDS] [-w WARMUP] [-p PAUSE_US] [-s SEED] "
                              "NAME=COMMAND...\n");
        return EXIT_FAILURE;
    }
    bench.random_state = bench.options.seed * 0x9e3779b97f4a7c15U;
    for (int i = 0; i < bench.command_count; i++)
        parse_command(&bench.commands[i], argv[optind + i], bench.options.rounds);
    open_quiet(&bench.quiet);
    run_rounds(&bench);
    report(&bench);
    (void)posix_spawn_file_actions_destroy(&bench.quiet);
    return EXIT_SUCCESS;
}
