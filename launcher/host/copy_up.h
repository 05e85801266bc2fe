/* copy_up.h - the mount option tmpcopyup: a tmpfs that begins with what the image has at its place. */
#ifndef LAUNCHER_COPY_UP_H
#define LAUNCHER_COPY_UP_H

#include "../spec/spec.h"

/* Makes a detached tmpfs with the options of `mount` and copies into it what the root file system has at
 * its destination: files, directories, links, nodes, with owners, modes, times and extended attributes.
 * Where there is nothing it stays empty. Nothing in the root file system is trusted: no symlink leads
 * out of it, and what changes meanwhile is copied as it was or as it is. */
MUST_CHECK int copy_up(const struct spec *spec, const struct spec_mount *mount, struct arena *arena,
                       int *ret_fd, struct fail *fail);

#endif
