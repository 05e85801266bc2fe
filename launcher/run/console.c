#include "console.h"

#include <sys/socket.h>

#include "pass_fd.h"

int console_send(const char *path, int master, struct fail *fail)
{
    static const char NAME[] = "/dev/pts/ptmx"; /* what engines show; it can't be empty */
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_sys(fail, "creating a socket for the console");
    int result = connect_by_path(fd, path);
    if (result < 0)
        return fail_code(fail, result, "connecting to the console socket %.200s", path);
    result = pass_fd(fd, master, NAME, sizeof(NAME) - 1);
    if (result < 0)
        return fail_code(fail, result, "sending the terminal to the console socket %.200s", path);
    return 0;
}
