/* parse.h - PURE: strict readers of the small texts in flags, presets and config files.
 *
 * Each takes the whole text or nothing: no blanks, no trailing characters, no wrap-around. A reader
 * that takes "1x" for 1, or "" for 0, is how a container comes to run as root (CVE-2026-30892).
 * All return 0 or -EINVAL with a sentence, and a hint where the right form is not obvious.
 */
#ifndef LAUNCHER_PARSE_H
#define LAUNCHER_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

/* Bytes: "512", "64k", "100m", "1.5g", also "100MB" and "100MiB"; units are powers of 1024. */
MUST_CHECK int parse_size(const char *text, int64_t *ret_bytes, struct fail *fail);

/* A decimal integer from `low` to `high`; no plus sign, no leading zeros. */
MUST_CHECK int parse_number(const char *text, int64_t low, int64_t high, int64_t *ret_number,
                            struct fail *fail);

/* An octal number up to `high`, as in chmod(1): "022", "1777". */
MUST_CHECK int parse_octal(const char *text, uint32_t high, uint32_t *ret_number,
                           struct fail *fail);

/* A uid or gid, 0 to 4294967294. 4294967295 is (uid_t)-1, which setresuid(2) takes for "leave it as
 * it is": it would leave the payload root. */
MUST_CHECK int parse_id(const char *text, uint32_t *ret_id, struct fail *fail);

/* A number of CPUs, "0.5" or "2", as the quota of one period (sched-bwc in the kernel's docs). */
MUST_CHECK int parse_cpus(const char *text, int64_t period_us, int64_t *ret_quota_us,
                          struct fail *fail);

/* A list of CPUs, "0-3,8": the format of cpuset(7). `mask` becomes what sched_setaffinity(2)
 * takes; `*ret_size` is how much of it is used. */
MUST_CHECK int parse_cpu_list(const char *text, unsigned char *mask, size_t mask_size,
                              size_t *ret_size, struct fail *fail);

/* "on" or "off" (also true, false, yes, no, 1, 0). */
MUST_CHECK int parse_switch(const char *text, bool *ret_on, struct fail *fail);

/* "nofile=1024:4096", "core=unlimited", "memlock=-1"; one value is soft and hard. */
MUST_CHECK int parse_rlimit(const char *text, struct spec_rlimit *ret_rlimit, struct fail *fail);

/* A container's name: a letter or digit, then up to 127 of letters, digits, '_', '.' and '-'. It
 * becomes a file name and a cgroup's name, hence no '/' and no leading dot. */
MUST_CHECK int check_container_id(const char *id, struct fail *fail);

/* An absolute path of the container without ".." components; the copy has no "." components, no
 * doubled and no trailing slashes, so that equal places are equal texts. */
MUST_CHECK int parse_container_path(const char *text, struct arena *arena, const char **ret_path,
                                    struct fail *fail);

/* Drops "." components, doubled and trailing slashes of an absolute path, in place. A ".." stays:
 * behind a symlink it does not undo the component before it. Returns `path`. */
char *tidy_path(char *path);

/* Checks what parse_container_path does, copies nothing. */
MUST_CHECK int check_container_path(const char *text, struct fail *fail);

/* The lines of /proc/PID/uid_map, user_namespaces(7). */
MUST_CHECK int parse_id_map(const char *text, struct arena *arena,
                            struct spec_id_mapping **ret_mappings, size_t *ret_count,
                            struct fail *fail);

/* True for bytes below 0x20 and DEL: nothing that a name, path or value of ours may hold. */
bool has_control_characters(const char *text);

/* Cuts `*cursor` at the next `separator`: returns the piece as a copy, NULL at the end. An empty
 * text has one empty piece. */
char *next_piece(struct arena *arena, const char **cursor, char separator);

#endif
