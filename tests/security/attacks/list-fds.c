/* list-fds - CVE-2024-21626: prints the descriptors that this process was given, without opening
 * one to look. */
#include <fcntl.h>
#include <stdio.h>

enum { FDS_MAX = 4096 };

int main(void)
{
    for (int fd = 0; fd < FDS_MAX; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            (void)printf("%d\n", fd);
    return 0;
}
