/* program.h - cinit under launcher. */
#ifndef INIT_PROGRAM_H
#define INIT_PROGRAM_H

/* Receives an init program on the sync pipe (WIRE_FD), applies it and becomes PID 1 of the container,
 * or its payload. All signals must be blocked, and SIGCHLD not ignored. */
_Noreturn void program_run(void);

#endif
