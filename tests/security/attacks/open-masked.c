/* open-masked PATH... - CVE-2025-31133: opens masked files for writing. A mask made from what the
 * image calls /dev/null can be any file, and a writable one.
 *
 * Prints a line each: "PATH: null" (the device 1:3), "PATH: directory, N entries", "PATH: reason",
 * or "PATH: OPENED" for any other file that could be opened for writing. Nothing is written.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = -2; /* "." and ".." */
    if (directory == NULL)
        return -1;
    while (readdir(directory) != NULL)
        count++;
    (void)closedir(directory);
    return count;
}

static void try_path(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == EISDIR) {
        (void)printf("%s: directory, %d entries\n", path, count_entries(path));
        return;
    }
    if (fd < 0) {
        (void)printf("%s: %s\n", path, strerror(errno));
        return;
    }
    int is_null =
        fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
    (void)printf("%s: %s\n", path, is_null ? "null" : "OPENED");
    (void)close(fd);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        try_path(argv[i]);
    return 0;
}
