/* resource_text.h - PURE: limits of cgroups as people write them. */
#ifndef LAUNCHER_RESOURCE_TEXT_H
#define LAUNCHER_RESOURCE_TEXT_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"
#include "spec.h"

/* A size as parse_size reads it, or "max", "unlimited" or "-1". */
MUST_CHECK int parse_size_limit(const char *text, struct limit *ret_limit, struct fail *fail);

/* A count from `low` on, or "max", "unlimited" or "-1". */
MUST_CHECK int parse_count_limit(const char *text, int64_t low, struct limit *ret_limit,
                                 struct fail *fail);

/* Whole seconds: "10", "10s", "5m", "1h". */
MUST_CHECK int parse_seconds(const char *text, int64_t *ret_seconds, struct fail *fail);

/* DEV:KEY=VALUE,... with the keys rbps, wbps, riops, wiops and weight. DEV is a path of the host or
 * MAJOR:MINOR; which disk a path means is for spec_resolve to find out. */
MUST_CHECK int parse_io_device(const char *text, struct arena *arena,
                               struct spec_io_device *ret_device, struct fail *fail);

/* PAGESIZE=SIZE: "2MB=64m". */
MUST_CHECK int parse_hugepage_limit(const char *text, struct arena *arena,
                                    struct spec_hugepage_limit *ret_limit, struct fail *fail);

/* DEVICE:handles=N,objects=N */
MUST_CHECK int parse_rdma_limit(const char *text, struct arena *arena,
                                struct spec_rdma_limit *ret_limit, struct fail *fail);

/* NAME=N, a resource of the misc controller. */
MUST_CHECK int parse_misc_limit(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                                struct fail *fail);

/* FILE=VALUE, a file of the cgroup: "memory.high=80M". What moves processes, ends or stops them is
 * refused, and so is anything that is not the name of a file. */
MUST_CHECK int parse_raw_key(const char *text, struct arena *arena, struct spec_pair *ret_pair,
                             struct fail *fail);

/* Checks the name of such a file. */
MUST_CHECK int check_raw_key(const char *key, struct fail *fail);

/* docker's "TYPE MAJOR:MINOR ACCESS": "c 10:200 rwm", "b 8:* r", "a". */
MUST_CHECK int parse_device_rule(const char *text, struct arena *arena,
                                 struct spec_device_rule *ret_rule, struct fail *fail);

/* A selection of the letters of "rwm", each at most once. */
MUST_CHECK int check_device_access(const char *text, struct fail *fail);

#endif
