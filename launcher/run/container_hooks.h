/* container_hooks.h - when the hooks of a container run, and what their failure means; runtime-spec
 * runtime.md, "Lifecycle", and config.md, "POSIX-platform Hooks".
 *
 *     prestart, createRuntime, createContainer   all is made, the root is not changed yet     fatal
 *     startContainer                             in the container, before the payload         fatal
 *     poststart                                  the payload runs                             fatal,
 *                                              before version 1.3 of the runtime-spec      a warning
 *     poststop                                   nothing is left of the container             a warning
 */
#ifndef LAUNCHER_CONTAINER_HOOKS_H
#define LAUNCHER_CONTAINER_HOOKS_H

#include "container.h"

bool container_has_hooks(const struct spec *spec);

/* `ret_interrupted`: a signal to launcher has ended a hook. That is no failure: the signal is still
 * pending, and what it means for the container is up to the one who takes it. */
MUST_CHECK int container_hooks_create(const struct container *container, bool *ret_interrupted,
                                      struct fail *fail);
MUST_CHECK int container_hooks_start(const struct container *container, bool *ret_interrupted,
                                     struct fail *fail);

/* A signal that ends one of them goes on to the payload. */
MUST_CHECK int container_hooks_poststart(const struct container *container, struct fail *fail);

/* Also after a failed start, when there was a process of the container. */
void container_hooks_poststop(const struct container *container);

#endif
