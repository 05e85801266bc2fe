/* main.c - the verb table, and the one place where an error is printed.
 *
 * To learn what launcher does, read cli/cmd_run.c next: it is the story of one run.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "../shared/version.h"
#include "cli/global_options.h"
#include "cli/verbs.h"
#include "commit.h"
#include "run/trace.h"

/* Enough for the spec and plan of an ordinary run. */
enum { ARENA_FIRST = 96 * 1024 };

struct verb {
    const char *name;
    verb_function *function;
    const char *help;
};

static verb_function cmd_help, cmd_version;

static const struct verb VERBS[] = {
    {"run", cmd_run, "run a command in a new container (the default verb)"},
    {"plan", cmd_plan, "print what run would do, step by step, and do nothing"},
    {"spec", cmd_spec, "write a config.json for an OCI bundle, or check one"},
    {"create", cmd_create, "make the container of an OCI bundle; its process waits for start"},
    {"start", cmd_start, "let the process of a created container begin"},
    {"state", cmd_state, "print the state of a container as JSON"},
    {"exec", cmd_exec, "run one more process in a container"},
    {"stop", cmd_stop, "end containers, and kill those that don't end"},
    {"wait", cmd_wait, "wait for the end of containers and print their exit statuses"},
    {"logs", cmd_logs, "print what a detached container has printed"},
    {"attach", cmd_attach, "see what a detached container prints, and type"},
    {"inspect", cmd_inspect, "print all that is known of containers, as JSON"},
    {"kill", cmd_kill, "send a signal to a container"},
    {"delete", cmd_delete, "remove containers that have stopped"},
    {"rm", cmd_delete, "the same as delete"},
    {"list", cmd_list, "list all containers"},
    {"ps", cmd_ps, "list containers, or the processes of one"},
    {"features", cmd_features, "print what of the runtime-spec this version knows, as JSON"},
    {"pause", cmd_pause, "stop all processes of a container where they are"},
    {"resume", cmd_resume, "let a paused container go on"},
    {"update", cmd_update, "change limits of a container that runs"},
    {"stats", cmd_stats, "show what containers use: cpu, memory, pids, io, pressure"},
    {"top", cmd_top, "fill the terminal with what all containers use"},
    {"events", cmd_events, "print what happens to a container, as JSON"},
    {"psi", cmd_psi, "show how long processes waited for cpu, memory and io"},
    {"gc", cmd_gc, "remove what containers left behind whose launcher was killed"},
    {"check", cmd_check, "tell whether this host can run containers, and what they can't have"},
    {"net", cmd_net, "networks of containers, network namespaces, and a test of the way out"},
    {"cgroup", cmd_cgroup, "look at cgroups, make, change, fill, delegate and remove them"},
    {"help", cmd_help, "show this text"},
    {"version", cmd_version, "show the version"},
};

enum { VERB_COUNT = sizeof(VERBS) / sizeof(VERBS[0]) };

static int cmd_help(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    (void)invocation;
    (void)fail;
    (void)puts("Usage: launcher [run] --rootfs DIR [OPTION...] [--] COMMAND [ARG...]\n"
               "       launcher [run] --bundle DIR [OPTION...] [ID]\n"
               "       launcher VERB [OPTION...]\n\n"
               "Verbs:");
    for (size_t i = 0; i < VERB_COUNT; i++)
        (void)printf("  %-10s %s\n", VERBS[i].name, VERBS[i].help);
    (void)puts("");
    global_options_help();
    (void)puts("\nlauncher VERB --help shows the options of a verb; see also launcher(1).");
    *ret_exit_status = 0;
    return 0;
}

static int cmd_version(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    (void)invocation;
    (void)fail;
    (void)puts("launcher version " VERSION "\ncommit: " COMMIT "\nspec: 1.3.0");
    *ret_exit_status = 0;
    return 0;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(VERBS[i].name, name) == 0)
            return &VERBS[i];
    return NULL;
}

static const struct verb *unknown_verb(const char *word, struct fail *fail)
{
    (void)fail_set(fail, "reading the command line: \"%s\" is no verb of launcher", word);
    (void)fail_hint(fail, "launcher help lists the verbs; a command to run comes after "
                          "--rootfs DIR");
    return NULL;
}

/* `launcher --rootfs ...` is `launcher run --rootfs ...`. */
static const struct verb *choose_verb(struct invocation *invocation, struct fail *fail)
{
    const char *word = invocation->argc > 0 ? invocation->argv[0] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return find_verb("help");
    if (strcmp(word, "--version") == 0)
        return find_verb("version");
    if (word[0] == '-')
        return find_verb("run");
    const struct verb *verb = find_verb(word);
    if (verb == NULL)
        return unknown_verb(word, fail);
    invocation->argc -= 1;
    invocation->argv += 1;
    return verb;
}

/* A descriptor that we open must never become 0, 1 or 2: the payload would get it. */
static int fill_closed_stdio(struct fail *fail)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return fail_sys(fail, "opening /dev/null in place of the closed descriptor %d", fd);
    return 0;
}

/* With SIGCHLD ignored the kernel reaps children itself, and their status is lost, wait(2). */
static int take_caller(struct caller *caller, struct fail *fail)
{
    struct sigaction child_action;
    /* The plain system call: a C library hides the signals that it uses itself. */
    size_t size = sizeof(caller->signal_mask);
    if (sigaction(SIGCHLD, NULL, &child_action) < 0 ||
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &caller->signal_mask, size) < 0)
        return fail_sys(fail, "reading the signal dispositions");
    caller->sigchld_ignored = child_action.sa_handler == SIG_IGN;
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return fail_sys(fail, "setting SIGCHLD to its default");
    caller->started_us = trace_now_us();
    return 0;
}

/* launcher trusts its environment and its options: run setuid it would be a gift (CVE-2020-5291). */
static int refuse_setuid(struct fail *fail)
{
    if (getauxval(AT_SECURE) == 0)
        return 0;
    (void)fail_set(fail, "starting: launcher must not be setuid, setgid or have file "
                         "capabilities");
    return fail_hint(fail, "run it as root, or as an ordinary user with user namespaces");
}

static int run_verb(struct invocation *invocation, struct caller *caller, int *ret_exit_status,
                    struct fail *fail)
{
    TRY(fill_closed_stdio(fail));
    TRY(refuse_setuid(fail));
    TRY(take_caller(caller, fail));
    TRY(global_options_take(invocation, fail));
    const struct verb *verb = choose_verb(invocation, fail);
    if (verb == NULL)
        return fail->code;
    return verb->function(invocation, ret_exit_status, fail);
}

int main(int argc, char **argv)
{
    alignas(max_align_t) unsigned char memory[ARENA_FIRST];
    AUTO_ARENA struct arena arena = arena_within(memory, sizeof(memory));
    struct caller caller = {0};
    struct invocation invocation = {
        .argc = argc > 0 ? argc - 1 : 0, .argv = argv + 1, .caller = &caller, .arena = &arena};
    struct fail fail = {0};
    int exit_status = EXIT_LAUNCHER;
    if (run_verb(&invocation, &caller, &exit_status, &fail) < 0) {
        global_options_report(&invocation, &fail);
        exit_status = fail.exit_status != 0 ? fail.exit_status : EXIT_LAUNCHER;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "launcher: writing to stdout: %s\n", strerror(errno));
        exit_status = EXIT_LAUNCHER;
    }
    return exit_status;
}
