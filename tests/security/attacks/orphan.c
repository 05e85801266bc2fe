/* orphan COMMAND [ARGUMENT...] - the death signal race: kills launcher in the moment in which its
 * child has not asked for a death signal yet, and then lets the child go on.
 *
 * The command is traced, and so is the child that it clones. The child is held where it has become
 * cinit and has run nothing of it. launcher goes on until it waits for the child, which is after it
 * has sent the whole program, and is killed there. Nobody is left then to send a signal to the
 * child, which goes on. Its end is waited for, and printed: "child exited N", "child killed N".
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRACE_OPTIONS = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC };

static _Noreturn void die(const char *doing)
{
    perror(doing);
    exit(EXIT_FAILURE);
}

static pid_t start(char **command)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    (void)raise(SIGSTOP);
    (void)execv(command[0], command);
    die(command[0]);
}

static void resume(pid_t pid)
{
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
        die("PTRACE_CONT");
}

static int event_of(int status)
{
    return WIFSTOPPED(status) ? status >> 16 : 0;
}

/* Lets both run until the child stops at its execve(2). Returns the child. */
static pid_t run_to_cinit(pid_t launcher)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 || (pid == launcher && !WIFSTOPPED(status)))
            die("launcher ended before it had a child");
        if (pid != launcher && event_of(status) == PTRACE_EVENT_EXEC)
            return pid;
        resume(pid);
    }
}

/* The number of the system call that a process sleeps in, -1: it runs. */
static long current_call(pid_t pid)
{
    char path[64];
    char text[256];
    (void)snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        die(path);
    long number = fgets(text, sizeof(text), file) != NULL && text[0] != 'r' /* "running" */
                      ? strtol(text, NULL, 10)
                      : -1;
    (void)fclose(file);
    return number;
}

/* launcher sleeps in poll(2) when there is nothing left to do but to look after the child. */
static void run_to_poll(pid_t launcher)
{
    while (current_call(launcher) != SYS_poll) {
        int status;
        if (waitpid(launcher, &status, WNOHANG) == launcher)
            resume(launcher);
        (void)poll(NULL, 0, 1);
    }
}

int main(int argc, char **argv)
{
    int status;
    if (argc < 2)
        return EXIT_FAILURE;
    /* The child becomes ours when launcher is dead. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        die("PR_SET_CHILD_SUBREAPER");
    pid_t launcher = start(argv + 1);
    if (waitpid(launcher, &status, 0) != launcher ||
        ptrace(PTRACE_SETOPTIONS, launcher, NULL, TRACE_OPTIONS) < 0)
        die("PTRACE_SETOPTIONS");
    resume(launcher);
    pid_t child = run_to_cinit(launcher);
    run_to_poll(launcher);
    if (kill(launcher, SIGKILL) < 0 || waitpid(launcher, &status, __WALL) != launcher ||
        !WIFSIGNALED(status))
        die("killing launcher");

    if (ptrace(PTRACE_DETACH, child, NULL, NULL) < 0 || waitpid(child, &status, 0) != child)
        die("waiting for the child");
    if (WIFEXITED(status))
        (void)printf("child exited %d\n", WEXITSTATUS(status));
    else
        (void)printf("child killed %d\n", WTERMSIG(status));
    return EXIT_SUCCESS;
}
