/* lifecycle.c - the life of one OCI container, as an engine leads it: create, start, delete.
 *
 *     lifecycle RUNTIME ROOT BUNDLE ID
 *
 * RUNTIME is called three times, with ROOT for its records. Between start and delete the container's
 * process is waited for, by the pid that create leaves: what is deleted has to be stopped. For
 * `pair`, which measures all of it; a shell that did the same would be a part of the time.
 */
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

_Noreturn static void die(const char *doing, const char *object, int code)
{
    (void)fprintf(stderr, "lifecycle: %s %s: %s\n", doing, object, strerror(code));
    exit(EXIT_FAILURE);
}

static void call(char **argv)
{
    pid_t pid;
    int status;
    int result = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (result != 0)
        die("start", argv[0], result);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("wait for", argv[0], errno);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "lifecycle: %s %s ended with wait status %d\n", argv[0], argv[3],
                      status);
        exit(EXIT_FAILURE);
    }
}

/* The process can't be our child: the runtime that made it has ended. */
static int open_process(const char *pid_file)
{
    char text[32] = "";
    FILE *file = fopen(pid_file, "re");
    if (!file || !fgets(text, sizeof text, file))
        die("read", pid_file, errno);
    (void)fclose(file);
    int process_fd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(text, NULL, 10), 0);
    if (process_fd < 0)
        die("open the process of", pid_file, errno);
    return process_fd;
}

static void wait_for_end(int process_fd)
{
    struct pollfd end = {.fd = process_fd, .events = POLLIN};
    while (poll(&end, 1, -1) < 0) {
        if (errno != EINTR)
            die("wait for", "the container", errno);
    }
}

int main(int argc, char **argv)
{
    char pid_file[4096];
    if (argc != 5) {
        (void)fprintf(stderr, "usage: lifecycle RUNTIME ROOT BUNDLE ID\n");
        return EXIT_FAILURE;
    }
    char *runtime = argv[1], *root = argv[2], *bundle = argv[3], *id = argv[4];
    int length = snprintf(pid_file, sizeof pid_file, "%s/%s.pid", bundle, id);
    if (length < 0 || (size_t)length >= sizeof pid_file)
        die("name the pid file in", bundle, ENAMETOOLONG);

    /* posix_spawn takes no constant strings. */
    static char root_option[] = "--root", create[] = "create", bundle_option[] = "--bundle";
    static char pid_file_option[] = "--pid-file", start[] = "start", delete[] = "delete";
    call((char *[]){runtime, root_option, root, create, bundle_option, bundle, pid_file_option,
                    pid_file, id, NULL});
    int process_fd = open_process(pid_file);
    call((char *[]){runtime, root_option, root, start, id, NULL});
    wait_for_end(process_fd);
    call((char *[]){runtime, root_option, root, delete, id, NULL});
    (void)close(process_fd); /* read only */
    (void)unlink(pid_file);  /* the next run writes it anew */
    return EXIT_SUCCESS;
}
