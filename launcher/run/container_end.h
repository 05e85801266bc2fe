/* container_end.h - the end of one container: what is measured, put on record, reported and returned. */
#ifndef LAUNCHER_CONTAINER_END_H
#define LAUNCHER_CONTAINER_END_H

#include "container.h"

/* Reads what the cgroups have counted, before they go. */
void container_take_counts(struct container *container);

/* How it ended, for its record. */
struct state_end container_end(const struct container *container);

/* Puts that on record for those who follow its events; a failure is a warning. */
void container_record_end(struct container *container);

/* The exit status of a container that has ended; the error of one that ended before its payload began, or
 * 0 when a signal to launcher ended it, and then with the exit status for that. */
MUST_CHECK int container_judge(const struct container *container, int *ret_exit_status,
                               struct fail *fail);

/* Writes the report wherever it is wanted. `result` is how the run went, and is returned. */
int container_tell_end(struct container *container, int result, int exit_status, struct fail *fail);

#endif
