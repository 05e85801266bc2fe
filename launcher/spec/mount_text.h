/* mount_text.h - PURE: the three ways to write a mount on a command line. */
#ifndef LAUNCHER_MOUNT_TEXT_H
#define LAUNCHER_MOUNT_TEXT_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

/* SRC:DST[:opt,opt...]: a bind mount of a directory or file of the host. Without other words it is
 * recursive and private. The source stays as written; spec_resolve makes it absolute. */
MUST_CHECK int parse_volume(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                            struct fail *fail);

/* DST[:opt,opt...]: an empty file system in memory, nosuid,nodev,noexec unless told otherwise. */
MUST_CHECK int parse_tmpfs(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                           struct fail *fail);

/* type=bind|tmpfs|proc|...,src=...,dst=...[,key[=value]...]: docker's --mount, a line of CSV. */
MUST_CHECK int parse_mount(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                           struct fail *fail);

#endif
