/* orphans zombies N   leaves N ended processes to the reaper at once, waits until it has only this
 *                     one child left and prints "reaped N"
 * orphans runners N   leaves N processes to it that never stop to fork and exit, and exits with 7 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIELD_PARENT = 4, PATIENCE_S = 60 };

static pid_t fork_or_fail(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("orphans: fork");
        _exit(1);
    }
    return child;
}

/* Field 4 of /proc/PID/stat; field 2, in parentheses, may hold anything. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        (void)close(fd);
    if (size <= 0)
        return -1;
    text[size] = '\0';
    char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < FIELD_PARENT; field++)
        at = strchr(at + 1, ' ');
    return at != NULL ? (pid_t)strtol(at, NULL, 10) : -1;
}

static int count_siblings(void)
{
    int count = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return -1;
    for (const struct dirent *entry; (entry = readdir(proc)) != NULL;)
        if (strspn(entry->d_name, "0123456789") > 0 && parent_of(entry->d_name) == getppid())
            count++;
    (void)closedir(proc);
    return count - 1; /* this process is one */
}

static int leave_zombies(long number)
{
    pid_t child = fork_or_fail();
    if (child == 0) {
        for (long i = 0; i < number; i++)
            if (fork_or_fail() == 0)
                _exit(0);
        _exit(0);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    if (status != 0)
        return 1;
    time_t deadline = time(NULL) + PATIENCE_S;
    while (count_siblings() != 0)
        if (time(NULL) > deadline)
            return 1;
    (void)printf("reaped %ld\n", number);
    return 0;
}

static _Noreturn void run(void)
{
    (void)setsid();
    for (;;) {
        pid_t child = fork();
        if (child > 0)
            _exit(0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    long number = strtol(argv[2], NULL, 10);
    if (strcmp(argv[1], "zombies") == 0)
        return leave_zombies(number);
    for (long i = 0; i < number; i++)
        if (fork_or_fail() == 0)
            run();
    return 7;
}
