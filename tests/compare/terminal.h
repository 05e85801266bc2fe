/* terminal.h - somebody at a terminal, with an interactive shell. */
#ifndef TESTS_COMPARE_TERMINAL_H
#define TESTS_COMPARE_TERMINAL_H

#include <stdbool.h>

/* Types a command that runs an init into a new shell, then ^Z: is the prompt back, does fg continue
 * the command, and ^C end it? */
bool stop_key_returns_prompt(char **command);

#endif
