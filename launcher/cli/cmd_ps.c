#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../run/signalling.h"
#include "words.h"

static const struct option_row OPTIONS[] = {FORMAT_ROW, HELP_ROW};
static const struct option_section SECTIONS[] = {
    {.title = "Options", .rows = OPTIONS, .row_count = sizeof(OPTIONS) / sizeof(OPTIONS[0])}};

static const struct usage USAGE = {
    .line = "ps [--format table|json] ID",
    .text = "Lists the processes of a container, by their pids on the host. As JSON it is an array "
            "of numbers.\n",
    .least = 1,
    .most = 1,
    .options = {.sections = SECTIONS, .section_count = 1},
};

/* Its arguments, or in brackets the name of one that has none. "" when it has ended. */
static const char *command_of(pid_t pid, char *text, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    for (ssize_t i = 0; i + 1 < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    for (char *letter = text; *letter != '\0'; letter++)
        if ((unsigned char)*letter < ' ' || *letter == 127)
            *letter = '?'; /* it is the container's text, and this may be a terminal */
    return text;
}

static void print_table(const pid_t *pids, size_t count)
{
    char command[256];
    (void)printf("%8s  %s\n", "PID", "COMMAND");
    for (size_t i = 0; i < count; i++)
        (void)printf("%8d  %s\n", (int)pids[i], command_of(pids[i], command, sizeof(command)));
}

static void print_json(const pid_t *pids, size_t count)
{
    (void)fputs("[", stdout);
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%d", i > 0 ? "," : "", (int)pids[i]);
    (void)puts("]");
}

int cmd_ps(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct plain_flags flags = {.help = false};
    struct words words;
    pid_t *pids = NULL;
    size_t count = 0;
    *ret_exit_status = 0;
    int result = words_read(invocation, &USAGE, &flags, &flags.help, &words, fail);
    if (result != 0)
        return result < 0 ? result : 0;
    AUTO_VIEW struct container_view view = VIEW_NONE;
    TRY(status_view(words.ids[0], invocation->arena, &view, fail));
    TRY(container_pids(&view, invocation->arena, &pids, &count, fail));
    if (flags.json)
        print_json(pids, count);
    else
        print_table(pids, count);
    return 0;
}
