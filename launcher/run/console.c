#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "pass_fd.h"

/* The directory may have a longer path than sun_path takes, so the socket is found by descriptor. */
static int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO_FD int at = open(path, O_PATH | O_CLOEXEC);
    if (at < 0)
        return -errno;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", at);
    return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int console_send(const char *path, int master, struct fail *fail)
{
    static const char NAME[] = "/dev/pts/ptmx"; /* what engines show; it can't be empty */
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_sys(fail, "creating a socket for the console");
    int result = connect_to(fd, path);
    if (result < 0)
        return fail_code(fail, result, "connecting to the console socket %.200s", path);
    result = pass_fd(fd, master, NAME, sizeof(NAME) - 1);
    if (result < 0)
        return fail_code(fail, result, "sending the terminal to the console socket %.200s", path);
    return 0;
}
