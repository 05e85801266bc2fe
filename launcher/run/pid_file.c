#include "pid_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Who waits for the file must never see half a number: so it is renamed into place. */
int pid_file_write(const char *path, pid_t pid, struct arena *arena, struct fail *fail)
{
    const char *name = strrchr(path, '/');
    const char *temporary =
        name == NULL ? arena_printf(arena, ".%s.new", path)
                     : arena_printf(arena, "%.*s/.%s.new", (int)(name - path), path, name + 1);
    AUTO_FD int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return fail_sys(fail, "making the pid file %.300s", path);
    if (dprintf(fd, "%d", (int)pid) > 0 && rename(temporary, path) == 0)
        return 0;
    (void)fail_sys(fail, "writing the pid file %.300s", path);
    (void)unlink(temporary);
    return fail->code;
}
