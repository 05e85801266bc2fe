/* Limits as people write them. */
#include <string.h>

#include "../../launcher/spec/resource_text.h"
#include "tap.h"

static void test_limits(void)
{
    struct fail fail = {0};
    struct limit limit;
    is_int(parse_size_limit("1.5k", &limit, &fail), 0, "a size");
    is_int(limit.value, 1536, "in bytes");
    static const char *const unlimited[] = {"max", "unlimited", "-1"};
    for (size_t i = 0; i < 3; i++) {
        is_int(parse_size_limit(unlimited[i], &limit, &fail), 0, unlimited[i]);
        is_int(limit.value, -1, "is unlimited");
    }
    ok(parse_size_limit("-2", &limit, &fail) < 0, "no other negative number");
    ok(parse_count_limit("0", 1, &limit, &fail) < 0, "below the least");
    is_int(parse_count_limit("0", 0, &limit, &fail), 0, "the least itself");
}

static void test_seconds(void)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {{"10", 10},
                 {"10s", 10},
                 {"5m", 300},
                 {"1h", 3600},
                 {"0", -1},
                 {"", -1},
                 {"s", -1},
                 {"1d", -1},
                 {"10ss", -1},
                 {"1.5", -1},
                 {"-1s", -1},
                 {"01s", -1},
                 {"99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fail fail = {0};
        int64_t seconds = -1;
        int result = parse_seconds(cases[i].text, &seconds, &fail);
        is_int(result < 0 ? -1 : seconds, cases[i].seconds, cases[i].text);
    }
}

static void test_io(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct spec_io_device device;
    is_int(parse_io_device("/dev/vda:rbps=1M,wiops=100", &arena, &device, &fail), 0, "a path");
    is_str(device.path, "/dev/vda", "its path");
    is_int(device.rbps.value, 1048576, "its rate of reading");
    is_int(device.wiops.value, 100, "its operations of writing");
    ok(!device.wbps.set && !device.riops.set, "and nothing else");
    is_int(parse_io_device("254:16:wbps=max,weight=5", &arena, &device, &fail), 0, "numbers");
    ok(device.path == NULL && device.major == 254 && device.minor == 16, "of the device");
    is_int(device.wbps.value, -1, "unlimited");
    is_int(device.weight.value, 5, "and a weight");
    is_int(parse_io_device("/dev/disk/by-path/pci-0:1:riops=2", &arena, &device, &fail), 0,
           "a path with colons");
    is_str(device.path, "/dev/disk/by-path/pci-0:1", "is taken as a whole");
    static const char *const bad[] = {"/dev/vda",
                                      "/dev/vda:",
                                      ":rbps=1",
                                      "/dev/vda:rbps",
                                      "/dev/vda:x=1",
                                      "/dev/vda:rbps=0",
                                      "/dev/vda:riops=0",
                                      "/dev/vda:rbps=1,",
                                      "/dev/vda:weight=0",
                                      "/dev/vda:rbps=1x",
                                      "",
                                      "="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(parse_io_device(bad[i], &arena, &device, &fail) < 0, bad[i]);
}

static void test_lists(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct spec_hugepage_limit page;
    is_int(parse_hugepage_limit("2m=64m", &arena, &page, &fail), 0, "huge pages");
    is_str(page.page_size, "2MB", "named as the kernel does");
    is_int(parse_hugepage_limit("1GB=max", &arena, &page, &fail), 0, "larger ones");
    is_str(page.page_size, "1GB", "in their own unit");
    is_int(parse_hugepage_limit("64k=0", &arena, &page, &fail), 0, "smaller ones");
    is_str(page.page_size, "64KB", "in theirs");
    ok(parse_hugepage_limit("3m=1", &arena, &page, &fail) < 0, "no power of two");
    ok(parse_hugepage_limit("2m", &arena, &page, &fail) < 0, "no limit");
    struct spec_rdma_limit rdma;
    is_int(parse_rdma_limit("mlx5_0:handles=2,objects=max", &arena, &rdma, &fail), 0, "rdma");
    ok(strcmp(rdma.device, "mlx5_0") == 0 && rdma.handles.value == 2 && rdma.objects.value == -1,
       "both counts");
    ok(parse_rdma_limit("mlx5_0", &arena, &rdma, &fail) < 0, "no count");
    ok(parse_rdma_limit("a b:handles=1", &arena, &rdma, &fail) < 0, "a blank in the name");
    struct spec_pair misc;
    is_int(parse_misc_limit("sev=unlimited", &arena, &misc, &fail), 0, "misc");
    is_str(misc.value, "max", "in the kernel's word");
    ok(parse_misc_limit("sev=x", &arena, &misc, &fail) < 0, "no number");
}

static void test_raw_keys(void)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"memory.high=80M", true},
        {"io.max=8:0 rbps=1", true},
        {"cgroup.max.depth=3", true},
        {"memory.high=", false},
        {"=1", false},
        {"memory.high", false},
        {"../memory.high=1", false},
        {"memory/high.x=1", false},
        {"memory.high\nx=1", false},
        {"memory.high=1\n2", false},
        {"cgroup.procs=1", false},
        {"cgroup.kill=1", false},
        {"cgroup.freeze=1", false},
        {"cgroup.subtree_control=+memory", false},
        {"tasks=1", false},
        {"release_agent=/x", false},
        {".memory=1", false},
        {"devices.allow=a", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct fail fail = {0};
        struct spec_pair pair;
        ok((parse_raw_key(cases[i].text, &arena, &pair, &fail) == 0) == cases[i].good, "raw key");
    }
}

static void test_device_rules(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct spec_device_rule rule;
    is_int(parse_device_rule("c 10:200 rw", &arena, &rule, &fail), 0, "one device");
    ok(rule.allow && rule.type == 'c' && rule.major.value == 10 && rule.minor.value == 200,
       "its kind and numbers");
    is_str(rule.access, "rw", "what may be done");
    is_int(parse_device_rule("b 8:* m", &arena, &rule, &fail), 0, "all of a driver");
    ok(rule.major.set && !rule.minor.set, "any minor number");
    is_int(parse_device_rule("a", &arena, &rule, &fail), 0, "all devices");
    ok(!rule.major.set && strcmp(rule.access, "rwm") == 0, "for everything");
    static const char *const bad[] = {"",        "c",          "c 1:3",       "c 1 rwm", "x 1:3 r",
                                      "c 1:3 x", "c 1:3 rr",   "c 1:3 rwm x", "c :3 r",  "c 1: r",
                                      "c 1:3 ",  "c 5000:1 r", "cc 1:3 r"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(parse_device_rule(bad[i], &arena, &rule, &fail) < 0, bad[i]);
}

int main(void)
{
    test_limits();
    test_seconds();
    test_io();
    test_lists();
    test_raw_keys();
    test_device_rules();
    return done_testing();
}
