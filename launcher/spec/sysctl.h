/* sysctl.h - PURE: which kernel parameters a container may set, sysctl(8).
 *
 * Most of /proc/sys belongs to the whole machine. Only keys that the kernel keeps per namespace may
 * be written, and only when that namespace is the container's own.
 */
#ifndef LAUNCHER_SYSCTL_H
#define LAUNCHER_SYSCTL_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

/* Cuts "KEY=VALUE". The key is kept as a path below /proc/sys, "net/ipv4/ip_forward": with dots an
 * interface called eth0.1 could not be told from two components. Whichever of '.' and '/' comes
 * first in the text is its separator, as in sysctl(8).
 * Errors: "..", empty components, control characters (CVE-2022-0811: a value with a newline or a
 * '+' smuggled a second key through a helper's command line). */
MUST_CHECK int parse_sysctl(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                            struct fail *fail);

/* The namespace that holds the key, NS_COUNT when it is the machine's. */
enum namespace_type sysctl_namespace(const char *path);

#endif
