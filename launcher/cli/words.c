#include "words.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int take_plain_help(void *context, const char *value, struct fail *fail)
{
    struct plain_flags *flags = context;
    (void)value, (void)fail;
    flags->help = true;
    return 1;
}

int take_plain_watch(void *context, const char *value, struct fail *fail)
{
    struct plain_flags *flags = context;
    (void)value, (void)fail;
    flags->watch = true;
    return 0;
}

int take_plain_json(void *context, const char *value, struct fail *fail)
{
    struct plain_flags *flags = context;
    (void)value, (void)fail;
    flags->json = true;
    return 0;
}

int take_plain_all(void *context, const char *value, struct fail *fail)
{
    struct plain_flags *flags = context;
    (void)value, (void)fail;
    flags->all = true;
    return 0;
}

int take_plain_format(void *context, const char *value, struct fail *fail)
{
    struct plain_flags *flags = context;
    flags->json = strcmp(value, "json") == 0;
    if (!flags->json && strcmp(value, "table") != 0)
        return fail_set(fail, "\"%.60s\" is neither table nor json", value);
    return 0;
}

struct trace trace_of(const struct invocation *invocation)
{
    return (struct trace){.on = invocation->debug,
                          .json = invocation->log_json && invocation->log_file == NULL,
                          .log_file = invocation->log_file,
                          .started_us = invocation->caller->started_us};
}

/* What launcher has opened itself is closed by execve(2), and nothing of the caller's is. */
int check_preserved_fds(unsigned count, struct fail *fail)
{
    for (int fd = STDERR_FILENO + 1; fd <= STDERR_FILENO + (int)count; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC))
            return fail_set(fail, "option --preserve-fds: preserved descriptor %d is not open", fd);
    }
    return 0;
}

static void print_help(const struct usage *usage)
{
    (void)printf("Usage: launcher %s\n\n%s", usage->line, usage->text);
    options_help(&usage->options, stdout);
}

static int check_count(const struct usage *usage, size_t count, struct fail *fail)
{
    if (count >= usage->least && count <= usage->most)
        return 0;
    (void)fail_set(fail, "reading the command line: %s name of a container: launcher %s",
                   count < usage->least ? "missing the" : "more than one", usage->line);
    return fail_hint(fail, "launcher ps lists the containers that run");
}

/* Options end at a word, so they are read again behind each. */
int words_read(struct invocation *invocation, const struct usage *usage, void *context,
               const bool *help, struct words *ret_words, struct fail *fail)
{
    *ret_words = (struct words){.ids = NULL};
    for (int next = 0; next < invocation->argc;) {
        int used = 0;
        TRY(options_parse(&usage->options, invocation->argc - next, invocation->argv + next,
                          context, &used, fail));
        if (*help) {
            print_help(usage);
            return 1;
        }
        next += used;
        if (next < invocation->argc)
            *ARENA_APPEND(invocation->arena, ret_words->ids, ret_words->id_count) =
                invocation->argv[next++];
    }
    return check_count(usage, ret_words->id_count, fail);
}
