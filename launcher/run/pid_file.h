/* pid_file.h - the number of a process for whoever asked for it; runc's --pid-file. */
#ifndef LAUNCHER_PID_FILE_H
#define LAUNCHER_PID_FILE_H

#include <sys/types.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Writes the pid alone, without an end of line. A file that is there is replaced. */
MUST_CHECK int pid_file_write(const char *path, pid_t pid, struct arena *arena, struct fail *fail);

#endif
