#include "psi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/cgroup/driver.h"

const char *const psi_resource_names[PSI_RESOURCE_COUNT] = {"cpu", "memory", "io"};
const char *const psi_kind_names[PSI_KIND_COUNT] = {"some", "full"};

/* The number behind "key=" in the line that begins at `line`; 0 when there is none. */
static double number_behind(const char *line, const char *key)
{
    const char *found = strstr(line, key);
    return found != NULL ? strtod(found + strlen(key), NULL) : 0;
}

void psi_parse(const char *text, struct psi_line ret_lines[PSI_KIND_COUNT])
{
    for (enum psi_kind kind = 0; kind < PSI_KIND_COUNT; kind++) {
        const char *line = strstr(text, psi_kind_names[kind]);
        ret_lines[kind] = (struct psi_line){.set = line != NULL};
        if (line == NULL)
            continue;
        ret_lines[kind].avg10 = number_behind(line, "avg10=");
        ret_lines[kind].avg60 = number_behind(line, "avg60=");
        ret_lines[kind].avg300 = number_behind(line, "avg300=");
        ret_lines[kind].total_us = (int64_t)number_behind(line, "total=");
    }
}

json_t *psi_to_json(const struct psi *psi)
{
    json_t *json = json_object();
    for (enum psi_resource resource = 0; resource < PSI_RESOURCE_COUNT; resource++) {
        json_t *object = json_object();
        for (enum psi_kind kind = 0; kind < PSI_KIND_COUNT; kind++) {
            const struct psi_line *line = &psi->lines[resource][kind];
            json_t *numbers = !line->set ? json_null()
                                         : json_pack("{s:f, s:f, s:f, s:I}", "avg10", line->avg10,
                                                     "avg60", line->avg60, "avg300", line->avg300,
                                                     "total_us", (json_int_t)line->total_us);
            (void)json_object_set_new(object, psi_kind_names[kind], numbers);
        }
        (void)json_object_set_new(json, psi_resource_names[resource], object);
    }
    return json;
}

int psi_fail(int code, const char *doing, const char *path, struct fail *fail)
{
    (void)fail_code(fail, code, "%s %s", doing, path);
    if (code == -EOPNOTSUPP)
        return fail_hint(fail, "pressure stall information is switched off: boot with psi=1, or "
                               "write 1 to the cgroup's cgroup.pressure");
    if (code == -ENOENT)
        return fail_hint(fail, "this kernel has no pressure stall information: CONFIG_PSI=y, and "
                               "psi=1 on its command line");
    return code;
}

int psi_read(const char *cgroup_path, struct psi *ret_psi, struct fail *fail)
{
    for (enum psi_resource resource = 0; resource < PSI_RESOURCE_COUNT; resource++) {
        char path[PATH_MAX], text[512];
        (void)snprintf(path, sizeof(path), cgroup_path != NULL ? "%s/%s.pressure" : "%s/%s",
                       cgroup_path != NULL ? cgroup_path : "/proc/pressure",
                       psi_resource_names[resource]);
        int result = cgroup_read(AT_FDCWD, path, text, sizeof(text));
        if (result < 0)
            return psi_fail(result, "reading", path, fail);
        psi_parse(text, ret_psi->lines[resource]);
    }
    return 0;
}
