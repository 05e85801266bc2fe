/* process_text.h - what a process is called, fit to be shown. */
#ifndef LAUNCHER_PROCESS_TEXT_H
#define LAUNCHER_PROCESS_TEXT_H

#include <stddef.h>
#include <sys/types.h>

/* Replaces control characters: it is the container's text, and it may be shown on a terminal. */
void process_text_tame(char *text);

/* Its arguments, with spaces between, as far as there is room; "" when it has ended. Returns text. */
const char *process_command(pid_t pid, char *text, size_t size);

#endif
