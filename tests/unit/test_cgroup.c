/* Where the controllers are, from texts of mountinfo as hosts of each kind have them; and what the
 * two drivers write into which file. */
#include <string.h>

#include "../../launcher/host/cgroup/cgroup.h"
#include "../../launcher/host/cgroup/driver.h"
#include "../../launcher/host/cgroup/layout.h"
#include "../../launcher/host/cgroup/limits.h"
#include "../../launcher/host/cgroup/path.h"
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
     {[CONTROLLER_CPU] = "/sys/fs/cgroup/cpu,cpuacct",
      [CONTROLLER_CPUACCT] = "/sys/fs/cgroup/cpu,cpuacct",
      [CONTROLLER_CPUSET] = "/sys/fs/cgroup/cpuset"}},
    {"all v1 controllers in one hierarchy",
     "35 31 0:32 / /cg rw - cgroup none rw,cpuset,cpu,cpuacct,memory,pids\n",
     NULL,
     {[CONTROLLER_PIDS] = "/cg",
      [CONTROLLER_MEMORY] = "/cg",
      [CONTROLLER_CPU] = "/cg",
      [CONTROLLER_CPUSET] = "/cg",
      [CONTROLLER_CPUACCT] = "/cg"}},
    {"v1 calls io blkio",
     "35 31 0:32 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n",
     NULL,
     {[CONTROLLER_IO] = "/sys/fs/cgroup/blkio"}},
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
        layout_parse(text, NULL, &layout);
        is_str(layout.unified.mount_point, one->unified, one->name);
        for (enum controller c = 0; c < CONTROLLER_COUNT; c++)
            is_str(layout.v1[c].mount_point, one->v1[c], controller_name(c));
    }
}

static bool only_7(const char *mount_point, unsigned long mount_id)
{
    (void)mount_point;
    return mount_id == 7;
}

static void test_hidden_mounts(void)
{
    char text[] = "5 1 0:1 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
                  "6 1 0:2 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
                  "7 1 0:2 / /mnt/pids rw - cgroup cgroup rw,pids\n";
    struct cgroup_layout layout;
    layout_parse(text, only_7, &layout);
    is_str(layout.unified.mount_point, NULL, "a mount that is hidden below another is none");
    is_str(layout.v1[CONTROLLER_PIDS].mount_point, "/mnt/pids", "  the one that is seen is taken");
}

static void test_controller_sets(void)
{
    uint32_t memory = CONTROLLER_BIT(CONTROLLER_MEMORY);
    is_int(controller_set("cpuset cpu io memory hugetlb pids rdma misc\n", " \n"),
           (1U << CONTROLLER_COUNT) - 1 - CONTROLLERS_WITHOUT_NAME - CONTROLLERS_OF_V1,
           "the words of cgroup.controllers");
    is_int(controller_set("rw,name=memory,cpuaccts", ","), 0, "no name is found inside another");
    is_int(controller_of_file("memory.high"), CONTROLLER_MEMORY, "memory.high is memory's");
    is_int(controller_of_file("blkio.weight"), CONTROLLER_IO, "blkio.weight is io's");
    is_int(controller_of_file("cpu"), CONTROLLER_CPU, "a bare name");
    is_int(controller_of_file("memoryhigh.x"), CONTROLLER_COUNT, "no such controller");
    is_int(controller_of_file(""), CONTROLLER_COUNT, "nor this");
    is_int(controller_set("rw,memory", ","), memory, "the last word of mount options");
    is_int(controller_set("\n", " \n"), 0, "a line without words");
    is_int(controller_set("", ","), 0, "an empty text");
}

/* ---- the limits ---- */

struct limit_case {
    const char *name;
    struct spec_resources resources;
    const char *v2; /* the lines "file=text" of what is written, in order */
    const char *v1; /* "-" in place of a file that v1 doesn't have */
};

static struct spec_io_device disks[] = {
    {.major = 8,
     .minor = 16,
     .rbps = {true, 1048576},
     .wbps = {true, -1},
     .riops = {true, 10},
     .wiops = {true, 20}},
    {.major = 254, .minor = 0, .weight = {true, 2000}},
};
static struct spec_hugepage_limit hugepages[] = {{"2MB", {true, 4194304}}, {"1GB", {true, -1}}};
static struct spec_rdma_limit rdma[] = {{"mlx5_0", {true, 2}, {true, -1}},
                                        {.device = "mlx5_1", .objects = {true, 0}}};
static struct spec_pair misc[] = {{"sev", "10"}};
static struct spec_net_priority net_priorities[] = {{"lo", 5}, {"eth0", 0}};
static struct spec_pair raw[] = {{"memory.high", "80M"}, {"cgroup.max.depth", "3"}};

static const struct limit_case LIMIT_CASES[] = {
    {"nothing", {.memory_max = {.set = false}}, "", ""},
    {"all that there was at first",
     {.memory_max = {true, 64 << 20},
      .memory_swap = {true, 64 << 20},
      .memory_swap_implied = true,
      .cpu_quota_us = {true, 50000},
      .cpu_period_us = {true, 100000},
      .pids_max = {true, 32}},
     "pids.max=32\nmemory.max=67108864\nmemory.swap.max=0\ncpu.max=50000 100000\n",
     "pids.max=32\nmemory.limit_in_bytes=67108864\nmemory.memsw.limit_in_bytes=67108864\n"
     "cpu.cfs_period_us=100000\ncpu.cfs_quota_us=50000\n"},
    {"memory and swap together are the OCI's way to count",
     {.memory_max = {true, 100}, .memory_swap = {true, 300}},
     "memory.max=100\nmemory.swap.max=200\n",
     "memory.limit_in_bytes=100\nmemory.memsw.limit_in_bytes=300\n"},
    {"unlimited swap",
     {.memory_max = {true, 100}, .memory_swap = {true, -1}},
     "memory.max=100\nmemory.swap.max=max\n",
     "memory.limit_in_bytes=100\nmemory.memsw.limit_in_bytes=-1\n"},
    {"a limit as the OCI has it leaves swap alone",
     {.memory_max = {true, -1}},
     "memory.max=max\n",
     "memory.limit_in_bytes=-1\n"},
    {"what v1 lacks of memory",
     {.memory_high = {true, 5},
      .memory_low = {true, 6},
      .memory_min = {true, 7},
      .memory_oom_group = {true, 1}},
     "memory.high=5\nmemory.low=6\nmemory.min=7\nmemory.oom.group=1\n",
     "-=5\nmemory.soft_limit_in_bytes=6\n-=7\n-=1\n"},
    {"unlimited pids", {.pids_max = {true, -1}}, "pids.max=max\n", "pids.max=max\n"},
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
    {"burst and idle",
     {.cpu_quota_us = {true, 20000}, .cpu_burst_us = {true, 10000}, .cpu_idle = {true, 1}},
     "cpu.max=20000\ncpu.max.burst=10000\ncpu.idle=1\n",
     "cpu.cfs_quota_us=20000\ncpu.cfs_burst_us=10000\ncpu.idle=1\n"},
    {"a weight in v1's shares",
     {.cpu_weight = {true, 200}},
     "cpu.weight=200\n",
     "cpu.shares=2048\n"},
    {"shares in v2's weight",
     {.cpu_shares = {true, 1024}},
     "cpu.weight=100\n",
     "cpu.shares=1024\n"},
    {"the weight wins over the shares",
     {.cpu_shares = {true, 2}, .cpu_weight = {true, 300}},
     "cpu.weight=300\n",
     "cpu.shares=3072\n"},
    {"no shares, the OCI's 0", {.cpu_shares = {true, 0}}, "", ""},
    {"cpuset",
     {.cpuset_cpus = "0-1,4", .cpuset_mems = "0"},
     "cpuset.cpus=0-1,4\ncpuset.mems=0\n",
     "cpuset.cpus=0-1,4\ncpuset.mems=0\n"},
    {"disks",
     {.io_devices = disks, .io_device_count = 2},
     "io.max=8:16 rbps=1048576 wbps=max riops=10 wiops=20\nio.weight=254:0 2000\n",
     "blkio.throttle.read_bps_device=8:16 1048576\nblkio.throttle.write_bps_device=8:16 0\n"
     "blkio.throttle.read_iops_device=8:16 10\nblkio.throttle.write_iops_device=8:16 20\n"
     "blkio.bfq.weight_device=254:0 1000\n"},
    {"an io weight, which ends at 1000 for BFQ",
     {.io_weight = {true, 5000}},
     "io.weight=default 5000\n",
     "blkio.bfq.weight=1000\n"},
    {"the OCI's blkio weight",
     {.blkio_weight = {true, 500}},
     "io.weight=default 4950\n",
     "blkio.bfq.weight=500\n"},
    {"huge pages",
     {.hugepages = hugepages, .hugepage_count = 2},
     "hugetlb.2MB.max=4194304\nhugetlb.2MB.rsvd.max=4194304\nhugetlb.1GB.max=max\n"
     "hugetlb.1GB.rsvd.max=max\n",
     "hugetlb.2MB.limit_in_bytes=4194304\nhugetlb.2MB.rsvd.limit_in_bytes=4194304\n"
     "hugetlb.1GB.limit_in_bytes=-1\nhugetlb.1GB.rsvd.limit_in_bytes=-1\n"},
    {"rdma and misc, alike in both",
     {.rdma = rdma, .rdma_count = 2, .misc = misc, .misc_count = 1},
     "rdma.max=mlx5_0 hca_handle=2 hca_object=max\nrdma.max=mlx5_1 hca_object=0\n"
     "misc.max=sev 10\n",
     "rdma.max=mlx5_0 hca_handle=2 hca_object=max\nrdma.max=mlx5_1 hca_object=0\n"
     "misc.max=sev 10\n"},
    {"what only version 1 has of the network",
     {.net_class = {true, 1048577}, .net_priorities = net_priorities, .net_priority_count = 2},
     "",
     "net_cls.classid=1048577\nnet_prio.ifpriomap=lo 5\nnet_prio.ifpriomap=eth0 0\n"},
    {"raw files come last",
     {.memory_high = {true, 1}, .unified = raw, .unified_count = 2},
     "memory.high=1\nmemory.high=80M\ncgroup.max.depth=3\n",
     "-=1\nmemory.high=80M\ncgroup.max.depth=3\n"},
};

static void render(const struct limit_list *list, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s=%s\n",
                                 list->writes[i].file != NULL ? list->writes[i].file : "-",
                                 list->writes[i].text);
}

static void test_limits(void)
{
    for (size_t i = 0; i < sizeof(LIMIT_CASES) / sizeof(LIMIT_CASES[0]); i++) {
        AUTO_ARENA struct arena arena = {0};
        const struct limit_case *one = &LIMIT_CASES[i];
        char text[1024];
        struct limit_list v2 = limits_v2(&one->resources, &arena);
        render(&v2, text, sizeof(text));
        is_str(text, one->v2, one->name);
        struct limit_list v1 = limits_v1(&one->resources, &arena);
        render(&v1, text, sizeof(text));
        is_str(text, one->v1, one->name);
    }
}

/* Where the kernel may lack a file, and where it may have it instead. */
static void test_fallbacks(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec_resources resources = {.memory_max = {true, 1},
                                       .memory_swap = {true, 1},
                                       .memory_swap_implied = true,
                                       .io_weight = {true, 5000}};
    struct limit_list list = limits_v2(&resources, &arena);
    ok(list.writes[1].optional, "an implied bound on swap may be missing");
    is_str(list.writes[2].other_file, "io.bfq.weight", "a weight may be BFQ's");
    is_str(list.writes[2].other_text, "default 1000", "which ends at 1000");
    resources.memory_swap_implied = false;
    list = limits_v2(&resources, &arena);
    ok(!list.writes[1].optional, "one that was asked for may not");
    is_int(limits_controllers(&list),
           CONTROLLER_BIT(CONTROLLER_MEMORY) | CONTROLLER_BIT(CONTROLLER_IO),
           "the controllers of a list");
}

/* The three points that the curve goes through, its ends, and some between, computed by hand. */
static void test_conversions(void)
{
    static const int64_t weights[][2] = {
        {0, 1},      {2, 1},       {3, 2},        {4, 2},          {512, 59},      {1024, 100},
        {2048, 174}, {10240, 639}, {99999, 4340}, {262143, 10000}, {262144, 10000}};
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
        is_int(limits_weight_of_shares(weights[i][0]), weights[i][1], "weight of shares");
    is_int(limits_shares_of_weight(100), 1024, "the middle of both scales");
    is_int(limits_shares_of_weight(1), 10, "the smallest weight");
    is_int(limits_shares_of_weight(10000), 102400, "the largest weight");
    is_int(limits_io_weight_of_blkio(10), 1, "the smallest blkio weight");
    is_int(limits_io_weight_of_blkio(1000), 10000, "the largest blkio weight");
}

/* ---- names of cgroups ---- */

static void test_paths(void)
{
    static const struct {
        const char *text, *path; /* NULL: refused */
    } cases[] = {
        {"web/db", "web/db"},
        {"/web/db", "web/db"},
        {"/sys/fs/cgroup/memory/web/db", "web/db"},
        {"/sys/fs/cgroup/unified/web/db/", "web/db"},
        {"/sys/fs/cgroup/memory", ""},
        {"/", ""},
        {"./web//db/.", "web/db"},
        {"sys/fs/cgroup/x", "sys/fs/cgroup/x"},
        {"/sys/fs/cgroup/memoryx/web", NULL},
        {"/sys/fs/cgroup/web", NULL},
        {"../x", NULL},
        {"web/../../x", NULL},
        {"web\n", NULL},
    };
    AUTO_ARENA struct arena arena = {0};
    struct cgroup_layout layout;
    char mountinfo[] = "1 1 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                       "2 1 0:2 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    layout_parse(mountinfo, NULL, &layout);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fail fail = {0};
        const char *path = NULL;
        int result = cgroup_path_parse(cases[i].text, &layout, &arena, &path, &fail);
        is_str(result < 0 ? NULL : path, cases[i].path, cases[i].text);
    }
    char pure[] = "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    struct fail fail = {0};
    const char *path = NULL;
    layout_parse(pure, NULL, &layout);
    is_int(cgroup_path_parse("/sys/fs/cgroup/web", &layout, &arena, &path, &fail), 0, "pure v2");
    is_str(path, "web", "the directory itself");
}

/* gc is handed what a state file says: what is gone is fine, what is no cgroup stays. */
static void test_remove_of_strange_paths(void)
{
    struct fail fail = {0};
    const struct cgroup_path gone[] = {{"/nonexistent/launcher-x", false},
                                       {"/proc/self/nonexistent", true}};
    is_int(cgroup_remove(gone, 2, &fail), 0, "what is gone needs no removing");
    const struct cgroup_path strange[] = {{"/proc/self", false}};
    ok(cgroup_remove(strange, 1, &fail) < 0, "what is no cgroup is not removed");
    ok(strstr(fail.text, "/proc/self") != NULL, "and the error names it");
}

int main(void)
{
    test_layouts();
    test_hidden_mounts();
    test_controller_sets();
    test_limits();
    test_fallbacks();
    test_conversions();
    test_paths();
    test_remove_of_strange_paths();
    return done_testing();
}
