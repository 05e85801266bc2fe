/* psi.h - pressure stall information of the host or of a cgroup: how much time processes waited for
 * a resource; Documentation/accounting/psi.rst. */
#ifndef LAUNCHER_PSI_H
#define LAUNCHER_PSI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/fail.h"

enum psi_resource { PSI_CPU, PSI_MEMORY, PSI_IO, PSI_RESOURCE_COUNT };

/* some: at least one process waited; full: none got on. */
enum psi_kind { PSI_SOME, PSI_FULL, PSI_KIND_COUNT };

extern const char *const psi_resource_names[PSI_RESOURCE_COUNT]; /* "cpu", "memory", "io" */
extern const char *const psi_kind_names[PSI_KIND_COUNT];

struct psi_line {
    bool set;                    /* older kernels have no "full" of the CPU */
    double avg10, avg60, avg300; /* percent of the last 10, 60, 300 seconds */
    int64_t total_us;
};

struct psi {
    struct psi_line lines[PSI_RESOURCE_COUNT][PSI_KIND_COUNT];
};

/* PURE: reads the text of one file into the lines of one resource. */
void psi_parse(const char *text, struct psi_line ret_lines[PSI_KIND_COUNT]);

/* {"cpu": {"some": {"avg10": 0.0, ...}, "full": null}, ...} */
json_t *psi_to_json(const struct psi *psi);

/* Reads the three files of the v2 cgroup at `cgroup_path`, of the host when that is NULL. Errors: the
 * kernel has no PSI or has it switched off (-ENOENT, -EOPNOTSUPP), with the cure. */
MUST_CHECK int psi_read(const char *cgroup_path, struct psi *ret_psi, struct fail *fail);

/* The error for a file that can't be opened or read, with the cure where it is known. */
int psi_fail(int code, const char *doing, const char *path, struct fail *fail);

#endif
