/* The small readers: what they take, and above all what they refuse. */
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include "../../launcher/spec/environment.h"
#include "../../launcher/spec/mount_text.h"
#include "../../launcher/spec/parse.h"
#include "../../launcher/spec/spec_names.h"
#include "../../launcher/spec/sysctl.h"
#include "tap.h"

static void test_sizes(void)
{
    static const struct {
        const char *text;
        int64_t bytes; /* -1: refused */
    } rows[] = {
        {"0", 0},
        {"512", 512},
        {"512b", 512},
        {"64k", 65536},
        {"100m", 104857600},
        {"100M", 104857600},
        {"100MB", 104857600},
        {"100MiB", 104857600},
        {"1.5g", 1610612736},
        {"0.5k", 512},
        {"2t", INT64_C(2) << 40},
        {"1p", INT64_C(1) << 50},
        {"8191p", INT64_C(8191) << 50},
        {"8192p", -1},
        {"9223372036854775807", -1},
        {"", -1},
        {"1x", -1},
        {"-1", -1},
        {"+1", -1},
        {" 1", -1},
        {"1 ", -1},
        {"1.", -1},
        {".5", -1},
        {"1..5", -1},
        {"m", -1},
        {"1mm", -1},
        {"1bb", -1},
        {"1kx", -1},
        {"0x10", -1},
        {"99999999999999999999", -1},
        {"99999999999999999999g", -1},
        {"1.0000000001k", -1},
        {"1e3", -1},
        {"100m\n", -1},
        {"18446744073709551616", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        int64_t bytes = 0;
        int result = parse_size(rows[i].text, &bytes, &fail);
        is_int(result < 0 ? -1 : bytes, rows[i].bytes, rows[i].text);
    }
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        int64_t number; /* 7777: refused */
    } rows[] = {
        {"0", 0},
        {"-1", -1},
        {"1000", 1000},
        {"-1000", -1000},
        {"1001", 7777},
        {"", 7777},
        {"-", 7777},
        {"+1", 7777},
        {"007", 7777},
        {"0x1", 7777},
        {"1 ", 7777},
        {"-0", 7777},
        {"99999999999999999999", 7777},
        {"-99999999999999999999", 7777},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        int64_t number = 7777;
        (void)(parse_number(rows[i].text, -1000, 1000, &number, &fail) == 0);
        is_int(number, rows[i].number, rows[i].text);
    }
}

/* CVE-2026-30892: a text that is no id must never become one. */
static void test_ids(void)
{
    static const char *const bad[] = {
        "",
        "0x",
        "0x0",
        "-1",
        "+1",
        " 0",
        "0 ",
        "1:",
        ":",
        "00",
        "01",
        "1e3",
        "1.0",
        "4294967295",
        "4294967296",
        "18446744073709551616",
        "99999999999999999999",
        "0\n",
        "root",
    };
    struct fail fail = {0};
    uint32_t id = 0;
    for (size_t i = 0; i < COUNT(bad); i++) {
        id = 77;
        ok(parse_id(bad[i], &id, &fail) < 0 && id == 77, bad[i]);
    }
    CHECK(parse_id("0", &id, &fail) == 0 && id == 0);
    CHECK(parse_id("4294967294", &id, &fail) == 0 && id == 4294967294u);
}

static void test_cpus(void)
{
    struct fail fail = {0};
    int64_t quota = 0;
    CHECK(parse_cpus("0.5", 100000, &quota, &fail) == 0 && quota == 50000);
    CHECK(parse_cpus("2", 100000, &quota, &fail) == 0 && quota == 200000);
    CHECK(parse_cpus("1.25", 100000, &quota, &fail) == 0 && quota == 125000);
    static const char *const bad[] = {"",   "-1",    "x",   "1x",  "1.",
                                      ".5", "0.5.5", "1e3", "1,5", "999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(parse_cpus(bad[i], 100000, &quota, &fail) < 0, bad[i]);
}

static void test_cpu_lists(void)
{
    struct fail fail = {0};
    unsigned char mask[128];
    size_t size = 0;
    CHECK(parse_cpu_list("0-1,4", mask, sizeof(mask), &size, &fail) == 0);
    CHECK(size == 8 && mask[0] == 0x13 && mask[1] == 0);
    CHECK(parse_cpu_list("63", mask, sizeof(mask), &size, &fail) == 0 && size == 8);
    CHECK(parse_cpu_list("64", mask, sizeof(mask), &size, &fail) == 0 && size == 16);
    CHECK(parse_cpu_list("1023", mask, sizeof(mask), &size, &fail) == 0 && size == 128);
    static const char *const bad[] = {"",
                                      "1024",
                                      "0-1024",
                                      "3-1",
                                      "1,",
                                      ",1",
                                      "1,,2",
                                      "-1",
                                      "1-",
                                      "a",
                                      "0-",
                                      "1 ",
                                      "99999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(parse_cpu_list(bad[i], mask, sizeof(mask), &size, &fail) < 0, bad[i]);
}

static void test_rlimits(void)
{
    struct fail fail = {0};
    struct spec_rlimit limit;
    CHECK(parse_rlimit("nofile=1024:4096", &limit, &fail) == 0);
    CHECK(limit.resource == RLIMIT_NOFILE && limit.soft == 1024 && limit.hard == 4096);
    CHECK(parse_rlimit("RLIMIT_CORE=0", &limit, &fail) == 0 && limit.hard == 0);
    CHECK(parse_rlimit("memlock=-1", &limit, &fail) == 0 && limit.soft == RLIM_INFINITY);
    CHECK(parse_rlimit("stack=8192:unlimited", &limit, &fail) == 0 && limit.hard == RLIM_INFINITY);
    static const char *const bad[] = {"",
                                      "nofile",
                                      "nofile=",
                                      "nofile=1:",
                                      "nofile=:1",
                                      "nofiles=1",
                                      "=1",
                                      "nofile=-2",
                                      "nofile=1:2:3",
                                      "nofile=1k",
                                      "nofile=99999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(parse_rlimit(bad[i], &limit, &fail) < 0, bad[i]);
}

static void test_paths(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    static const char *const rows[][2] = {
        {"/data", "/data"}, {"/data/", "/data"}, {"//a///b/./c/.", "/a/b/c"},
        {"/", "/"},         {"/.", "/"},         {"/..a", "/..a"},
        {"/a..", "/a.."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = NULL;
        CHECK(parse_container_path(rows[i][0], &arena, &path, &fail) == 0);
        is_str(path, rows[i][1], rows[i][0]);
    }
    static const char *const bad[] = {"", "data", "./data", "/..", "/a/../b", "/a/..", "/a\nb"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *path = NULL;
        ok(parse_container_path(bad[i], &arena, &path, &fail) < 0, bad[i]);
    }
}

static void test_names(void)
{
    struct fail fail = {0};
    char longest[130];
    memset(longest, 'a', sizeof(longest));
    longest[128] = '\0';
    CHECK(check_container_id("web", &fail) == 0);
    CHECK(check_container_id("0a_.-Z", &fail) == 0);
    CHECK(check_container_id(longest, &fail) == 0);
    longest[128] = 'a';
    longest[129] = '\0';
    CHECK(check_container_id(longest, &fail) < 0);
    static const char *const bad[] = {"", ".", "..", "-a", "_a", "a/b", "a b", "a\n", "\xc3\xa4"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(check_container_id(bad[i], &fail) < 0, bad[i]);
    CHECK_INT(capability_find("net_admin"), 12);
    CHECK_INT(capability_find("CAP_NET_ADMIN"), 12);
    CHECK_INT(capability_find("Cap_Chown"), 0);
    CHECK_INT(capability_find("CAP_NOTHING"), -1);
    CHECK_INT(capability_find(""), -1);
    char label[32];
    CHECK_STR(capability_label(40, label, sizeof(label)), "CAP_CHECKPOINT_RESTORE");
    CHECK_STR(capability_label(63, label, sizeof(label)), "CAP_63");
}

static void test_sysctls(void)
{
    AUTO_ARENA struct arena arena = {0};
    static const struct {
        const char *text, *path;
        enum namespace_type type;
    } rows[] = {
        {"net.ipv4.ip_forward=1", "net/ipv4/ip_forward", NS_NET},
        {"net/ipv4/conf/eth0.1/forwarding=1", "net/ipv4/conf/eth0.1/forwarding", NS_NET},
        {"net.ipv4.conf.eth0/1.forwarding=1", "net/ipv4/conf/eth0.1/forwarding", NS_NET},
        {"kernel.msgmax=1", "kernel/msgmax", NS_IPC},
        {"kernel.sem=1 2 3 4", "kernel/sem", NS_IPC},
        {"kernel.shm_rmid_forced=1", "kernel/shm_rmid_forced", NS_IPC},
        {"fs.mqueue.msg_max=1", "fs/mqueue/msg_max", NS_IPC},
        {"kernel.domainname=x", "kernel/domainname", NS_UTS},
        {"kernel.core_pattern=|/x", "kernel/core_pattern", NS_COUNT},
        {"kernel.semaphore=1", "kernel/semaphore", NS_COUNT},
        {"kernel.hostname2=1", "kernel/hostname2", NS_COUNT},
        {"vm.swappiness=1", "vm/swappiness", NS_COUNT},
        {"network.x=1", "network/x", NS_COUNT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct spec_pair pair = {.key = ""};
        is_int(parse_sysctl(rows[i].text, &arena, &pair, &fail), 0, rows[i].text);
        is_str(pair.key, rows[i].path, rows[i].text);
        is_int(sysctl_namespace(pair.key), rows[i].type, rows[i].text);
    }
    static const char *const bad[] = {"",
                                      "net.ipv4",
                                      "=1",
                                      "net..x=1",
                                      "net/../kernel/core_pattern=1",
                                      "/net/x=1",
                                      "net/=1",
                                      "net/./x=1",
                                      "net.ipv4.x=1\nkernel.core_pattern=x",
                                      "net.\x01=1",
                                      ".net=1",
                                      "..=1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fail fail = {0};
        struct spec_pair pair;
        ok(parse_sysctl(bad[i], &arena, &pair, &fail) < 0, bad[i]);
    }
}

/* ---- environment ---- */

static void test_environment(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct environment set = {0};
    environment_set(&set, &arena, "A=1");
    environment_set(&set, &arena, "AB=2");
    environment_set(&set, &arena, "A=3=4");
    CHECK_INT((long long)set.count, 2);
    CHECK_STR(set.entries[0], "A=3=4");
    CHECK_STR(environment_get(&set, "AB"), "2");
    CHECK(environment_get(&set, "C") == NULL);
    for (int i = 0; i < 200000; i++)
        environment_set(&set, &arena, arena_printf(&arena, "N%d=x", i % 100000));
    CHECK_INT((long long)set.count, 100002);
    CHECK_STR(environment_get(&set, "N99999"), "x");
}

static void test_environment_lines(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    const char **entries = NULL;
    size_t count = 0;
    const char *text = "\xef\xbb\xbf# comment\n\n  A=1 2 \r\nB=\"q\"\n  # more\nC=\n"
                       "NO_SUCH_VARIABLE_HERE\nD=x=y";
    CHECK(environment_read_lines(text, &arena, &entries, &count, &fail) == 0 && count == 4);
    CHECK_STR(entries[0], "A=1 2 ");
    CHECK_STR(entries[1], "B=\"q\"");
    CHECK_STR(entries[2], "C=");
    CHECK_STR(entries[3], "D=x=y");
    CHECK(environment_read_lines("A=1\n=x\n", &arena, &entries, &count, &fail) < 0);
    CHECK(strncmp(fail.text, "line 2: ", 8) == 0);
    CHECK(environment_read_lines("A B=1\n", &arena, &entries, &count, &fail) < 0);
}

/* ---- mounts ---- */

static const char *joined_options(const struct spec_mount *mount, struct arena *arena)
{
    const char *joined = "";
    for (size_t i = 0; i < mount->option_count; i++)
        joined = arena_printf(arena, "%s%s%s", joined, i == 0 ? "" : ",", mount->options[i]);
    return joined;
}

typedef int mount_parser(const char *text, struct arena *arena, struct spec_mount *ret_mount,
                         struct fail *fail);

static void test_mounts(void)
{
    static const struct {
        mount_parser *parse;
        const char *text, *type, *source, *destination, *options;
    } rows[] = {
        {parse_volume, "/a:/b", "bind", "/a", "/b", "rbind,rprivate"},
        {parse_volume, "a:/b/:ro,rslave", "bind", "a", "/b", "ro,rslave,rbind"},
        {parse_volume, "/a:/b:bind", "bind", "/a", "/b", "bind,rprivate"},
        {parse_tmpfs, "/t", "tmpfs", "tmpfs", "/t", "nosuid,nodev,noexec"},
        {parse_tmpfs, "/t:size=1m,exec", "tmpfs", "tmpfs", "/t",
         "nosuid,nodev,noexec,size=1m,exec"},
        {parse_mount, "type=bind,src=/a,dst=/b,ro", "bind", "/a", "/b", "ro,rbind,rprivate"},
        {parse_mount, "src=/a,target=/b,readonly=false", "bind", "/a", "/b", "rw,rbind,rprivate"},
        {parse_mount, "type=bind,source=/a,destination=/b,bind-propagation=rshared", "bind", "/a",
         "/b", "rshared,rbind"},
        {parse_mount, "type=bind,src=/a,dst=/b,bind-recursive=disabled", "bind", "/a", "/b",
         "bind,rprivate"},
        {parse_mount, "\"src=/a,b\",\"dst=/x\"\"y\"", "bind", "/a,b", "/x\"y", "rbind,rprivate"},
        {parse_mount, "type=tmpfs,dst=/t,tmpfs-size=1k,tmpfs-mode=1777", "tmpfs", "tmpfs", "/t",
         "nosuid,nodev,noexec,size=1024,mode=1777"},
        {parse_mount, "type=proc,dst=/p,hidepid=2", "proc", "proc", "/p",
         "nosuid,nodev,noexec,hidepid=2"},
        {parse_mount, "type=ext4,src=/dev/vdb,dst=/d,ro", "ext4", "/dev/vdb", "/d", "ro"},
    };
    AUTO_ARENA struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct spec_mount mount = {0};
        is_int(rows[i].parse(rows[i].text, &arena, &mount, &fail), 0, rows[i].text);
        is_str(mount.type, rows[i].type, rows[i].text);
        is_str(mount.source, rows[i].source, rows[i].text);
        is_str(mount.destination, rows[i].destination, rows[i].text);
        is_str(joined_options(&mount, &arena), rows[i].options, rows[i].text);
    }
}

static void test_bad_mounts(void)
{
    static const struct {
        mount_parser *parse;
        const char *text;
    } rows[] = {
        {parse_volume, ""},
        {parse_volume, "/a"},
        {parse_volume, "/a:b"},
        {parse_volume, ":/b"},
        {parse_volume, "/a:/../b"},
        {parse_volume, "/a:/b:"},
        {parse_volume, "/a:/b:r0"},
        {parse_volume, "/a:/b:ro:x"},
        {parse_volume, "/a:/b:size=1"},
        {parse_tmpfs, ""},
        {parse_tmpfs, "t"},
        {parse_tmpfs, "/t:"},
        {parse_tmpfs, "/t:a,,b"},
        {parse_mount, ""},
        {parse_mount, "type=bind"},
        {parse_mount, "dst=/b"},
        {parse_mount, "type=bind,dst=/b"},
        {parse_mount, "type=volume,src=v,dst=/b"},
        {parse_mount, "type=,dst=/b"},
        {parse_mount, "type=bind,src=,dst=/b"},
        {parse_mount, "src=/a,dst"},
        {parse_mount, "src=/a,dst=/b,,"},
        {parse_mount, "src=/a,dst=/b,x=1"},
        {parse_mount, "type=tmpfs,dst=/b,tmpfs-size=1x"},
        {parse_mount, "type=tmpfs,dst=/b,tmpfs-mode=9"},
        {parse_mount, "src=/a,dst=/b,ro=maybe"},
        {parse_mount, "src=/a,dst=/b,bind-propagation=x"},
        {parse_mount, "type=../x,dst=/b"},
    };
    AUTO_ARENA struct arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct spec_mount mount = {0};
        ok(rows[i].parse(rows[i].text, &arena, &mount, &fail) < 0 && fail.text[0] != '\0',
           rows[i].text);
    }
}

static void test_id_maps(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct spec_id_mapping *rows = NULL;
    size_t count = 0;
    const char *text = "         0       1000          1\n         1     100000      65536\n";
    CHECK(parse_id_map(text, &arena, &rows, &count, &fail) == 0 && count == 2);
    CHECK(rows[1].container_id == 1 && rows[1].host_id == 100000 && rows[1].size == 65536);
    CHECK(parse_id_map("", &arena, &rows, &count, &fail) == 0 && count == 0);
    static const char *const bad[] = {
        "0 0\n", "0 0 1", "0 0 1 1\n", "a 0 1\n", "0 0 4294967296\n", "0 0 99999999999\n", "\n"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(parse_id_map(bad[i], &arena, &rows, &count, &fail) < 0, bad[i]);
}

int main(void)
{
    test_sizes();
    test_numbers();
    test_ids();
    test_cpus();
    test_cpu_lists();
    test_rlimits();
    test_paths();
    test_names();
    test_sysctls();
    test_environment();
    test_environment_lines();
    test_mounts();
    test_bad_mounts();
    test_id_maps();
    return done_testing();
}
