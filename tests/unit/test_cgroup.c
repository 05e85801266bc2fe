/* Where the controllers are, from texts of mountinfo as hosts of each kind have them; and what the
 * two drivers write into which file. */
#include <string.h>

#include "../../launcher/host/cgroup/cgroup.h"
#include "../../launcher/host/cgroup/driver.h"
#include "../../launcher/host/cgroup/layout.h"
#include "tap.h"

/* ---- the layout ---- */

struct layout_case {
    const char *name;
    const char *mountinfo;
    const char *unified;
    const char *v1[CONTROLLER_COUNT];
};

#define MNT "22 26 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
#define TMPFS "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
#define PIDS(root, where) "39 31 0:36 " root " " where " rw - cgroup cgroup rw,pids\n"

static const struct layout_case LAYOUTS[] = {
    {"pure v2",
     MNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
     "/sys/fs/cgroup",
     {NULL}},
    {"hybrid",
     MNT TMPFS PIDS(
         "/",
         "/sys/fs/cgroup/pids") "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup "
                                "rw,name=systemd\n"
                                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
     "/sys/fs/cgroup/unified",
     {[CONTROLLER_PIDS] = "/sys/fs/cgroup/pids", [CONTROLLER_MEMORY] = "/sys/fs/cgroup/memory"}},
    {"v1 only, cpu and cpuacct co-mounted",
     TMPFS "35 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
           "36 31 0:33 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset\n",
     NULL,
     {[CONTROLLER_CPU] = "/sys/fs/cgroup/cpu,cpuacct"}},
    {"all v1 controllers in one hierarchy",
     "35 31 0:32 / /cg rw - cgroup none rw,cpuset,cpu,cpuacct,memory,pids\n",
     NULL,
     {"/cg", "/cg", "/cg"}},
    {"none", MNT, NULL, {NULL}},
    {"empty text", "", NULL, {NULL}},
    {"escaped blanks, tabs and backslashes",
     "39 31 0:36 / /odd\\040name\\011x\\134040 rw - cgroup2 cgroup2 rw\n",
     "/odd name\tx\\040",
     {NULL}},
    {"an escape cut short stays as it is",
     "39 31 0:36 / /a\\04 rw - cgroup2 cgroup2 rw\n",
     "/a\\04",
     {NULL}},
    {"no newline at the end, several optional fields",
     "39 31 0:36 / /u rw shared:1 master:2 propagate_from:3 - cgroup2 cgroup2 rw",
     "/u",
     {NULL}},
    {"a part of a hierarchy is taken when there is nothing else",
     PIDS("/docker/1", "/x/pids"),
     NULL,
     {[CONTROLLER_PIDS] = "/x/pids"}},
    {"the whole hierarchy goes before a part of it",
     PIDS("/docker/1", "/x/pids") PIDS("/", "/y/pids") PIDS("/", "/z/pids"),
     NULL,
     {[CONTROLLER_PIDS] = "/y/pids"}},
    {"a source that looks like a cgroup",
     "39 31 0:36 / /x rw - ext4 cgroup rw,pids\n",
     NULL,
     {NULL}},
    {"lines cut short",
     "39\n39 31 0:36 /\n39 31 0:36 / /x rw - cgroup2\n - cgroup a b\n\n",
     NULL,
     {NULL}},
};

static void test_layouts(void)
{
    for (size_t i = 0; i < sizeof(LAYOUTS) / sizeof(LAYOUTS[0]); i++) {
        const struct layout_case *one = &LAYOUTS[i];
        char text[1024];
        (void)snprintf(text, sizeof(text), "%s", one->mountinfo);
        struct cgroup_layout layout;
        layout_parse(text, &layout);
        is_str(layout.unified.mount_point, one->unified, one->name);
        for (enum controller c = 0; c < CONTROLLER_COUNT; c++)
            is_str(layout.v1[c].mount_point, one->v1[c], controller_name(c));
    }
}

static void test_controller_sets(void)
{
    uint32_t pids = CONTROLLER_BIT(CONTROLLER_PIDS), memory = CONTROLLER_BIT(CONTROLLER_MEMORY);
    is_int(controller_set("cpuset cpu io memory hugetlb pids rdma misc\n", " \n"),
           pids | memory | CONTROLLER_BIT(CONTROLLER_CPU), "the words of cgroup.controllers");
    is_int(controller_set("rw,name=memory,cpuacct", ","), 0, "no name is found inside another");
    is_int(controller_set("rw,memory", ","), memory, "the last word of mount options");
    is_int(controller_set("\n", " \n"), 0, "a line without words");
    is_int(controller_set("", ","), 0, "an empty text");
}

/* ---- the limits ---- */

struct limit_case {
    const char *name;
    struct spec_resources resources;
    const char *v2; /* the lines "file=text" of the files that are written, in order */
    const char *v1;
};

static const struct limit_case LIMIT_CASES[] = {
    {"nothing", {.memory_max = {.set = false}}, "", ""},
    {"all",
     {.memory_max = {true, 64 << 20},
      .cpu_quota_us = {true, 50000},
      .cpu_period_us = {true, 100000},
      .pids_max = {true, 32}},
     "pids.max=32\nmemory.max=67108864\nmemory.swap.max=0\ncpu.max=50000 100000\n",
     "pids.max=32\nmemory.limit_in_bytes=67108864\nmemory.memsw.limit_in_bytes=67108864\n"
     "cpu.cfs_period_us=100000\ncpu.cfs_quota_us=50000\n"},
    {"unlimited memory leaves swap unlimited, too",
     {.memory_max = {true, -1}},
     "memory.max=max\nmemory.swap.max=max\n",
     "memory.limit_in_bytes=-1\nmemory.memsw.limit_in_bytes=-1\n"},
    {"unlimited pids", {.pids_max = {true, -1}}, "pids.max=max\n", "pids.max=max\n"},
    {"no pids at all", {.pids_max = {true, 0}}, "pids.max=0\n", "pids.max=0\n"},
    {"a quota in the kernel's own period",
     {.cpu_quota_us = {true, 20000}},
     "cpu.max=20000\n",
     "cpu.cfs_quota_us=20000\n"},
    {"a period without a quota",
     {.cpu_period_us = {true, 5000}},
     "cpu.max=max 5000\n",
     "cpu.cfs_period_us=5000\n"},
    {"an unlimited quota",
     {.cpu_quota_us = {true, -1}, .cpu_period_us = {true, 5000}},
     "cpu.max=max 5000\n",
     "cpu.cfs_period_us=5000\ncpu.cfs_quota_us=-1\n"},
    {"the largest numbers fit",
     {.cpu_quota_us = {true, INT64_MAX}, .cpu_period_us = {true, INT64_MAX}},
     "cpu.max=9223372036854775807 9223372036854775807\n",
     "cpu.cfs_period_us=9223372036854775807\ncpu.cfs_quota_us=9223372036854775807\n"},
};

static void render(const struct cgroup_driver *driver, const struct spec_resources *resources,
                   char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < driver->limit_count; i++) {
        char text[LIMIT_TEXT_MAX];
        if (driver->limits[i].text(resources, text))
            used +=
                (size_t)snprintf(out + used, size - used, "%s=%s\n", driver->limits[i].name, text);
    }
}

static void test_limits(void)
{
    for (size_t i = 0; i < sizeof(LIMIT_CASES) / sizeof(LIMIT_CASES[0]); i++) {
        const struct limit_case *one = &LIMIT_CASES[i];
        char text[512];
        render(&CGROUP_V2, &one->resources, text, sizeof(text));
        is_str(text, one->v2, one->name);
        render(&CGROUP_V1, &one->resources, text, sizeof(text));
        is_str(text, one->v1, one->name);
    }
}

/* Without limits no cgroup is needed, and nothing is looked at. */
static void test_no_limits(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec_resources resources = {0};
    struct cgroup cgroup;
    struct fail fail = {0};
    is_int(cgroup_place("x", &resources, &arena, &cgroup, &fail), 0, "no limits, no error");
    is_int((long long)cgroup.path_count, 0, "no limits, no cgroup");
    is_int(cgroup.unified_fd, -1, "no limits, nothing to clone into");
    is_int(cgroup_remove(cgroup.paths, 0, &fail), 0, "nothing to remove");
}

/* gc is handed what a state file says: what is gone is fine, what is no cgroup stays. */
static void test_remove_of_strange_paths(void)
{
    struct fail fail = {0};
    const char *gone[] = {"/nonexistent/launcher-x", "/proc/self/nonexistent"};
    is_int(cgroup_remove(gone, 2, &fail), 0, "what is gone needs no removing");
    const char *strange[] = {"/proc/self"};
    ok(cgroup_remove(strange, 1, &fail) < 0, "what is no cgroup is not removed");
    ok(strstr(fail.text, "/proc/self") != NULL, "and the error names it");
}

int main(void)
{
    test_layouts();
    test_controller_sets();
    test_limits();
    test_no_limits();
    test_remove_of_strange_paths();
    return done_testing();
}
