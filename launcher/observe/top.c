#include "top.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "stats.h"
#include "ticker.h"

/* ---- order ---- */

static double cpu_of(const struct stats *stats)
{
    return stats->has_cpu_percent ? stats->cpu_percent : -1;
}

static double memory_of(const struct stats *stats)
{
    return stats->usage.memory_now.set ? (double)stats->usage.memory_now.value : -1;
}

static double pids_of(const struct stats *stats)
{
    return stats->usage.pids_now.set ? (double)stats->usage.pids_now.value : -1;
}

static double io_of(const struct stats *stats)
{
    return (double)(stats->usage.read_bytes.value + stats->usage.write_bytes.value);
}

static double pressure_of(const struct stats *stats)
{
    double sum = 0;
    for (unsigned i = PSI_CPU; stats->has_psi && i <= PSI_IO; i++)
        sum += stats->psi.lines[i][PSI_SOME].avg10;
    return sum;
}

static const struct order_row {
    struct top_order order; /* first, so that one is the other */
    double (*value_of)(const struct stats *stats);
} ORDERS[] = {
    {{'c', "cpu"}, cpu_of}, {{'m', "memory"}, memory_of},     {{'p', "pids"}, pids_of},
    {{'i', "io"}, io_of},   {{'s', "pressure"}, pressure_of},
};

enum { ORDER_COUNT = sizeof(ORDERS) / sizeof(ORDERS[0]) };

const struct top_order *top_find_order(const char *name)
{
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (strcmp(ORDERS[i].order.name, name) == 0)
            return &ORDERS[i].order;
    return NULL;
}

/* By insertion: there are few, and they are nearly in order from one second to the next. */
static void sort(struct stats_sample *sample, const struct top_order *order)
{
    const struct order_row *row = (const struct order_row *)order;
    for (size_t i = 1; i < sample->count; i++) {
        struct stats moved = sample->rows[i];
        size_t at = i;
        for (; at > 0 && row->value_of(&sample->rows[at - 1]) < row->value_of(&moved); at--)
            sample->rows[at] = sample->rows[at - 1];
        sample->rows[at] = moved;
    }
}

/* ---- the terminal ---- */

struct screen {
    bool taken;
    struct termios saved;
};

#define ENTER_SCREEN "\033[?1049h\033[?25l" /* the other screen, no cursor */
#define LEAVE_SCREEN "\033[?25h\033[?1049l"

static void screen_release(struct screen *screen)
{
    if (!screen->taken)
        return;
    (void)fputs(LEAVE_SCREEN, stdout);
    (void)fflush(stdout); /* main tells of an output that failed */
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->saved); /* nothing is left to be tried */
    screen->taken = false;
}

static int screen_take(struct screen *screen, struct fail *fail)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        (void)fail_set(fail, "showing containers: stdin and stdout must be a terminal");
        return fail_hint(fail, "launcher stats --watch prints the same anywhere");
    }
    if (tcgetattr(STDIN_FILENO, &screen->saved) < 0)
        return fail_sys(fail, "reading the mode of the terminal");
    struct termios keys = screen->saved;
    keys.c_cc[VSUSP] = _POSIX_VDISABLE; /* a shell could do nothing with the screen as it is */
    keys.c_lflag &=
        ~(tcflag_t)(ICANON | ECHO); /* a key comes at once and unseen; ^C stays a signal */
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) < 0)
        return fail_sys(fail, "changing the mode of the terminal");
    screen->taken = true;
    (void)fputs(ENTER_SCREEN, stdout);
    return 0;
}

static struct winsize window_size(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

/* ---- drawing ---- */

static void write_title(const struct stats_sample *sample, const struct top_order *order,
                        FILE *file)
{
    char now[16] = "", load[32] = "";
    time_t seconds = time(NULL);
    struct tm local;
    if (localtime_r(&seconds, &local) != NULL)
        (void)strftime(now, sizeof(now), "%H:%M:%S", &local);
    FILE *source = fopen("/proc/loadavg", "re");
    if (source != NULL) {
        if (fscanf(source, "%31[0-9. ]", load) != 1)
            load[0] = '\0';
        (void)fclose(source);
    }
    (void)fprintf(file, "%s  containers: %zu  load: %.14s  by %s  (c m p i s: sort, q: quit)\n",
                  now, sample->count, load, order->name);
}

/* Each line as wide as the window at most, so that none wraps; the second, the heads of the columns,
 * in reverse. */
static void draw_lines(const char *text, struct winsize size)
{
    (void)fputs("\033[H", stdout);
    for (unsigned row = 0; row < size.ws_row && *text != '\0'; row++) {
        int length = (int)strcspn(text, "\n");
        int shown = length < size.ws_col ? length : size.ws_col;
        (void)printf("%s%s%.*s%s\033[K", row > 0 ? "\r\n" : "", row == 1 ? "\033[7m" : "", shown,
                     text, row == 1 ? "\033[m" : "");
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    (void)fputs("\033[J", stdout);
}

static int draw(struct stats_sample *sample, const struct top_order *order, struct fail *fail)
{
    AUTO_FREE char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        return fail_sys(fail, "drawing the screen");
    sort(sample, order);
    write_title(sample, order, memory);
    stats_print_table(sample, memory);
    if (fclose(memory) != 0)
        return fail_sys(fail, "drawing the screen");
    draw_lines(text, window_size());
    if (fflush(stdout) != 0)
        return fail_sys(fail, "writing to the terminal");
    return 0;
}

/* ---- the loop ---- */

static const struct top_order *read_key(const struct top_order *order, bool *ret_stop)
{
    char key = 0;
    ssize_t size = read(STDIN_FILENO, &key, 1);
    *ret_stop = size == 0 || key == 'q' || (size < 0 && errno != EINTR && errno != EAGAIN);
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (ORDERS[i].order.key == key)
            return &ORDERS[i].order;
    return order;
}

static int next_sample(struct stats_sample *sample, struct fail *fail)
{
    AUTO_SAMPLE struct stats_sample now = {.count = 0};
    TRY(stats_take(NULL, 0, sample, &now, fail));
    struct stats_sample old = *sample;
    *sample = now;
    now = old; /* released here */
    return 0;
}

static int show(const struct ticker *ticker, struct stats_sample *sample,
                const struct top_order *order, struct fail *fail)
{
    bool stop = false;
    while (!stop) {
        struct pollfd fds[] = {{.fd = ticker->timer_fd, .events = POLLIN},
                               {.fd = ticker->signal_fd, .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
        TRY(draw(sample, order, fail));
        if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno != EINTR)
            return fail_sys(fail, "waiting for the next second");
        if (fds[2].revents != 0)
            order = read_key(order, &stop);
        stop = stop || fds[1].revents != 0;
        if (fds[0].revents != 0 && !stop) {
            TRY(ticker_wait(ticker, &stop, fail)); /* it has come: this does not sleep */
            TRY(next_sample(sample, fail));
        }
    }
    return 0;
}

int top_run(const struct top_order *order, struct fail *fail)
{
    __attribute__((cleanup(screen_release))) struct screen screen = {.taken = false};
    AUTO_TICKER struct ticker ticker = TICKER_NONE;
    AUTO_SAMPLE struct stats_sample sample = {.count = 0};
    TRY(screen_take(&screen, fail));
    TRY(ticker_open(&ticker, fail));
    TRY(stats_take(NULL, 0, NULL, &sample, fail));
    return show(&ticker, &sample, order, fail);
}
