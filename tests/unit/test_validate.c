/* A spec from command line to verdict: defaults, users against a root file system, contradictions.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../launcher/cli/run_options.h"
#include "../../launcher/spec/spec_print.h"
#include "../../launcher/spec/spec_resolve.h"
#include "../../launcher/spec/spec_validate.h"
#include "tap.h"

/* The check is its own name. */
#define CHECK(condition) ok((condition), #condition)
#define CHECK_INT(got, expected) is_int((got), (expected), #got)
#define CHECK_STR(got, expected) is_str((got), (expected), #got)

enum { WORDS_MAX = 48 };

struct parsed {
    struct arena arena;
    struct spec spec;
    struct fail fail;
    int result;
};

/* The line follows "--rootfs ROOT"; it is cut at blanks. */
static struct parsed run(const char *root, const char *line)
{
    struct parsed parsed = {0};
    struct run_options options;
    char *words[WORDS_MAX] = {arena_strdup(&parsed.arena, "--rootfs"),
                              arena_strdup(&parsed.arena, root)};
    int count = 2;
    for (char *word = strtok(arena_strdup(&parsed.arena, line), " ");
         word != NULL && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    char **argv = (char **)(void *)arena_copy(&parsed.arena, words, sizeof(words));
    parsed.result =
        run_options_parse(count, argv, &parsed.arena, &options, &parsed.spec, &parsed.fail);
    if (parsed.result == 0)
        parsed.result = spec_resolve(&parsed.spec, &options, &parsed.arena, &parsed.fail);
    if (parsed.result == 0)
        parsed.result = spec_validate(&parsed.spec, &parsed.fail);
    return parsed;
}

static void write_file(const char *root, const char *name, const char *text)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void make_root(char *root)
{
    char etc[200], bin[220];
    if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
        exit(1);
    (void)snprintf(etc, sizeof(etc), "%s/etc", root);
    if (mkdir(etc, 0755) < 0)
        exit(1);
    write_file(root, "etc/passwd",
               "root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n"
               "bad:x:0x0:0::/:/bin/sh\n");
    write_file(root, "etc/group", "root:x:0:root\nwheel:x:10:root,web\nwww:x:33:\n");
    write_file(root, "file", "");
    (void)snprintf(bin, sizeof(bin), "%s/bin", root);
    if (mkdir(bin, 0755) < 0)
        exit(1);
    write_file(root, "bin/pasta", "");
    (void)snprintf(bin, sizeof(bin), "%s/bin/pasta", root);
    if (chmod(bin, 0755) < 0)
        exit(1);
}

static void remove_root(const char *root)
{
    static const char *const names[] = {
        "bin/pasta", "bin",  "etc/passwd",      "etc/group", "etc",  "file", "pipe/etc/passwd",
        "pipe/etc",  "pipe", "link/etc/passwd", "link/etc",  "link", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s/%s", root, names[i]);
        (void)remove(path); /* those that a test did not make are not there */
    }
}

static const char *variable(const struct spec *spec, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < spec->process.environment_count; i++)
        if (strncmp(spec->process.environment[i], name, size) == 0 &&
            spec->process.environment[i][size] == '=')
            return spec->process.environment[i] + size + 1;
    return NULL;
}

static void test_defaults(const char *root)
{
    struct parsed parsed = run(root, "--net none --no-tty sh");
    const struct spec *spec = &parsed.spec;
    CHECK_STR(parsed.fail.text, "");
    CHECK_STR(spec->root.path, root);
    CHECK_STR(spec->hostname, "container");
    CHECK_INT((long long)strlen(spec->id), 12);
    CHECK(spec->init && spec->process.no_new_privileges && !spec->process.terminal);
    CHECK_INT((long long)spec->mount_count, 6);
    CHECK_STR(spec->mounts[0].destination, "/proc");
    CHECK_STR(spec->mounts[5].destination, "/sys");
    CHECK_INT((long long)spec->device_count, 6);
    CHECK_INT((long long)spec->masked_path_count, 12);
    CHECK_INT((long long)spec->readonly_path_count, 5);
    CHECK_STR(variable(spec, "HOME"), "/root");
    CHECK_STR(variable(spec, "HOSTNAME"), "container");
    CHECK_STR(variable(spec, "container"), "launcher");
    CHECK(variable(spec, "TERM") == NULL);
    CHECK(spec->process.capabilities.inheritable == 0 && spec->process.capabilities.ambient == 0);
    arena_release(&parsed.arena);
}

static void test_root_defaults(const char *root)
{
    struct parsed parsed = run(root, "sh");
    const struct spec *spec = &parsed.spec;
    CHECK(!spec->namespaces[NS_USER].create && !spec->namespaces[NS_TIME].create);
    CHECK(spec->namespaces[NS_NET].create && spec->network.mode == NET_BRIDGE);
    CHECK_INT(spec->process.user.uid, 0);
    CHECK_INT((long long)spec->process.user.additional_gid_count, 2);      /* root, wheel */
    CHECK_INT((long long)spec->process.capabilities.bounding, 0xa80425fb); /* docker's */
    arena_release(&parsed.arena);

    parsed = run(root, "--ns user sh");
    CHECK_STR(parsed.fail.text, "the mnt namespace can't be left out: every mount of the container "
                                "would be the host's too");
    arena_release(&parsed.arena);

    parsed = run(root, "--ns +user sh");
    CHECK(parsed.result == 0 && parsed.spec.namespaces[NS_USER].create);
    CHECK(parsed.spec.uid_mappings[0].container_id == parsed.spec.uid_mappings[0].host_id);
    CHECK(!parsed.spec.deny_setgroups);
    arena_release(&parsed.arena);

    parsed = run(root, "--net host --ns +user sh");
    CHECK_STR(parsed.spec.mounts[parsed.spec.mount_count - 1].type, "bind"); /* /sys */
    arena_release(&parsed.arena);
}

static void test_users(const char *root)
{
    static const struct {
        const char *line;
        uint32_t uid, gid;
        size_t groups;
        const char *home;
    } rows[] = {
        {"--user web sh", 1000, 1001, 1, "/home/web"},
        {"--user web:www sh", 1000, 33, 0, "/home/web"},
        {"--user web:33,wheel,44 sh", 1000, 33, 2, "/home/web"},
        {"--user 1000 sh", 1000, 1001, 1, "/home/web"},
        {"--user 4242 sh", 4242, 0, 0, "/"},
        {"--user 4242:4243 --group-add wheel sh", 4242, 4243, 1, "/"},
        {"--user 0 sh", 0, 0, 2, "/root"},
        {"--user web -e HOME=/x sh", 1000, 1001, 1, "/x"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed parsed = run(root, rows[i].line);
        is_int(parsed.result, 0, rows[i].line);
        is_int(parsed.spec.process.user.uid, rows[i].uid, rows[i].line);
        is_int(parsed.spec.process.user.gid, rows[i].gid, rows[i].line);
        is_int((long long)parsed.spec.process.user.additional_gid_count, (long long)rows[i].groups,
               rows[i].line);
        is_str(variable(&parsed.spec, "HOME"), rows[i].home, rows[i].line);
        ok(rows[i].uid == 0 || parsed.spec.process.capabilities.permitted == 0, rows[i].line);
        arena_release(&parsed.arena);
    }
}

/* An image may call anything /etc/passwd: a FIFO would hang, a link would lead to the host's. */
static void test_hostile_passwd(const char *root)
{
    char directory[200], etc[220], file[240];
    (void)snprintf(directory, sizeof(directory), "%s/pipe", root);
    (void)snprintf(etc, sizeof(etc), "%s/etc", directory);
    (void)snprintf(file, sizeof(file), "%s/passwd", etc);
    CHECK(mkdir(directory, 0755) == 0 && mkdir(etc, 0755) == 0 && mkfifo(file, 0644) == 0);
    struct parsed parsed = run(directory, "--user web sh");
    CHECK_STR(parsed.fail.text, "option --user: /etc/passwd of the container is not a regular file "
                                "of at most 4 MiB");
    arena_release(&parsed.arena);

    (void)snprintf(directory, sizeof(directory), "%s/link", root);
    (void)snprintf(etc, sizeof(etc), "%s/etc", directory);
    (void)snprintf(file, sizeof(file), "%s/passwd", etc);
    CHECK(mkdir(directory, 0755) == 0 && mkdir(etc, 0755) == 0);
    CHECK(symlink("../../../../../../../etc/passwd-", file) == 0);
    parsed = run(directory, "--user daemon sh");
    CHECK(parsed.result < 0);
    arena_release(&parsed.arena);
}

static void test_mounts(const char *root)
{
    struct parsed parsed =
        run(root, "--net none -v /tmp:/a/b/c --tmpfs /a --tmpfs /dev/shm:size=1m sh");
    CHECK_INT(parsed.result, 0);
    CHECK_INT((long long)parsed.spec.mount_count, 8);
    CHECK_STR(parsed.spec.mounts[4].destination, "/dev/shm");
    CHECK(!parsed.spec.mounts[4].standard);
    CHECK_STR(parsed.spec.mounts[6].destination, "/a");
    CHECK_STR(parsed.spec.mounts[7].destination, "/a/b/c");
    arena_release(&parsed.arena);

    parsed = run(root, "--net none -v /dev:/dev sh");
    CHECK_INT((long long)parsed.spec.mount_count, 3); /* /proc, /dev, /sys */
    CHECK_INT((long long)parsed.spec.device_count, 0);
    arena_release(&parsed.arena);

    parsed = run(root, "--device /dev/zero:/dev/null --unmask /proc/kcore --unmask /proc/sys sh");
    CHECK_INT((long long)parsed.spec.device_count, 6);
    CHECK_INT(parsed.spec.devices[5].minor, 5);
    CHECK_INT((long long)parsed.spec.masked_path_count, 11);
    CHECK_INT((long long)parsed.spec.readonly_path_count, 4);
    arena_release(&parsed.arena);
}

static void test_modes(const char *root)
{
    static const struct {
        const char *line;
        enum net_mode mode;
        bool create, by_default;
        const char *path; /* of the namespace */
    } rows[] = {
        {"sh", NET_BRIDGE, true, true, NULL},
        {"--ns +user sh", NET_BRIDGE, true, true, NULL},
        {"-p 80:80 sh", NET_BRIDGE, true, false, NULL},
        {"--dns 9.9.9.9 sh", NET_BRIDGE, true, true, NULL},
        {"--net bridge sh", NET_BRIDGE, true, false, NULL},
        {"--net bridge --ns +net sh", NET_BRIDGE, true, false, NULL},
        {"--net none sh", NET_NONE, true, false, NULL},
        {"--net host --dns 9.9.9.9 sh", NET_HOST, false, false, NULL},
        {"--ns -net --add-host a:1.2.3.4 sh", NET_HOST, false, false, NULL},
        {"--net host --ns -net sh", NET_HOST, false, false, NULL},
        {"--net pasta -p 80:80 sh", NET_PASTA, true, false, NULL},
        {"--net ns:/run/netns/a --dns 9.9.9.9 sh", NET_JOIN, false, false, "/run/netns/a"},
        {"--ns net:/run/netns/a sh", NET_JOIN, false, false, "/run/netns/a"},
        {"--ns net:/run/netns/a --net ns:/run/netns/a sh", NET_JOIN, false, false, "/run/netns/a"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed parsed = run(root, rows[i].line);
        const struct spec_namespace *net = &parsed.spec.namespaces[NS_NET];
        is_str(parsed.fail.text, "", rows[i].line);
        is_int(parsed.spec.network.mode, rows[i].mode, rows[i].line);
        is_int(parsed.spec.network.by_default, rows[i].by_default, rows[i].line);
        is_int(net->create, rows[i].create, rows[i].line);
        is_str(net->path, rows[i].path, rows[i].line);
        is_str(parsed.spec.network.join, rows[i].path, rows[i].line);
        arena_release(&parsed.arena);
    }
}

static void test_interface_names(const char *root)
{
    struct parsed parsed = run(root, "sh");
    const struct spec_network *network = &parsed.spec.network;
    if (CHECK(network->interface_count == 1)) {
        CHECK_STR(network->interfaces[0].network, "launcher0");
        CHECK_STR(network->interfaces[0].name, "eth0");
    }
    arena_release(&parsed.arena);

    static const char *const expected[] = {"eth1", "eth0", "x", "eth2"};
    parsed = run(root, "--net a,name=eth1 --net b --net c,name=x --net d sh");
    CHECK_INT(parsed.result, 0);
    for (size_t i = 0; CHECK(network->interface_count == 4) && i < 4; i++)
        is_str(network->interfaces[i].name, expected[i], expected[i]);
    arena_release(&parsed.arena);
}

/* As long as nobody has said which namespace is the other container's, it must not become the host's. */
static void test_unresolved_container(const char *root)
{
    struct parsed parsed = run(root, "--net container:a sh");
    CHECK(parsed.result < 0 && !parsed.spec.namespaces[NS_NET].create);
    arena_release(&parsed.arena);
}

/* Command line and the sentence. */
typedef const char *const refused_row[2];

static const refused_row refused_rows[] = {
    {"", "no command given"},
    {"--ns -mnt sh", "the mnt namespace can't be left out: every mount of the container would "
                     "be the host's too"},
    {"--ns +user,-pid sh", "a user namespace needs a PID namespace of its own: /proc can't be "
                           "mounted for the host's"},
    {"--hostname x --ns -uts sh", "--hostname needs a uts namespace: it would rename the host"},
    {"--domainname x --ns -uts sh", "--domainname needs a uts namespace: it would rename the host"},
    {"--sysctl net.ipv4.ip_forward=1 --net host sh",
     "the sysctl net/ipv4/ip_forward would change the host: the container has no net namespace "
     "of "
     "its own"},
    {"--sysctl kernel.sem=1 --ns -ipc sh", "the sysctl kernel/sem would change the host: the "
                                           "container has no ipc namespace of its own"},
    {"-m 100k sh", "102400 bytes of memory are too few: at least 512k"},
    {"-cpu 0.001 sh", "the share of a CPU is too small: at least 0.01"},
    {"-cpu 0 sh", "the share of a CPU is too small: at least 0.01"},
    {"--rlimit nofile=2:1 sh", "the soft limit of nofile is above the hard one"},
    {"--sched fifo sh", "a real-time policy needs a priority from 1 to 99: --sched fifo:10"},
    {"--sched batch:3 sh", "only fifo and rr have a priority"},
    {"--sched idle --nice 3 sh", "only the policies other and batch have a nice value"},
    {"--sched deadline:3:2:1 sh", "deadline scheduling needs RUNTIME <= DEADLINE <= PERIOD"},
};

static const refused_row refused_network_rows[] = {
    {"--net none --ns -net sh", "--net none and the host's network namespace exclude each other"},
    {"--net host --ns +net sh", "--net host and a network namespace of its own exclude each other"},
    {"--net a --ns -net sh", "--net bridge and the host's network namespace exclude each other"},
    {"--net pasta --ns pid,mnt sh",
     "--net pasta and the host's network namespace exclude each other"},
    {"--net none --ns net:/a sh", "--net none and joining /a exclude each other"},
    {"--net host --ns net:/a sh", "--net host and joining /a exclude each other"},
    {"--net a --ns net:/a sh", "--net bridge and joining /a exclude each other"},
    {"--net ns:/a --ns net:/b sh", "--net ns and joining /b exclude each other"},
    {"--net ns:/a --ns +net sh", "--net ns and a network namespace of its own exclude each other"},
    {"--net ns:/a --ns -net sh", "--net ns and the host's network namespace exclude each other"},
    {"--ns net:a sh", "the net namespace \"a\" is not an absolute path"},
    {"--net a --net a sh", "two interfaces in the network a"},
    {"--net launcher0 --net bridge sh", "two interfaces in the network launcher0"},
    {"--net a,name=x --net b,name=x sh", "two interfaces of the name x"},
    {"--net a,ip=10.0.0.9 --net b,ip=10.0.0.9 sh", "eth0 and eth1 have the same IPv4 address"},
    {"--net a,ip6=fd00::9 --net b,ip6=FD00:0::9 sh", "eth0 and eth1 have the same IPv6 address"},
    {"--net a,mac=02:00:00:00:00:0a --net b,mac=02:00:00:00:00:0A sh",
     "eth0 and eth1 have the same MAC address"},
    {"--net a1 --net a2 --net a3 --net a4 --net a5 --net a6 --net a7 --net a8 --net a9 "
     "--net b1 --net b2 --net b3 --net b4 --net b5 --net b6 --net b7 --net b8 sh",
     "17 networks are too many: a container can be in 16"},
    {"--net none -p 80:80 sh", "--publish needs --net bridge or pasta, not none"},
    {"--net host -p 80:80 sh", "--publish needs --net bridge or pasta, not host"},
    {"--ns -net -p 80:80 sh", "--publish needs --net bridge or pasta, not host"},
    {"--net ns:/a -p 80:80 sh", "--publish needs --net bridge or pasta, not ns"},
    {"-p 80:80 -p 127.0.0.1:80:81 sh",
     "--publish 80:80/tcp and 127.0.0.1:80:81/tcp take the same port of the host"},
    {"-p 80-90:80-90/udp -p 90:1/udp sh",
     "--publish 90:90/udp and 90:1/udp take the same port of the host"},
    {"--net none --dns 9.9.9.9 sh", "--dns needs a network, and --net none has none"},
    {"--net none --dns-search x sh", "--dns needs a network, and --net none has none"},
    {"--net none --add-host a:1.2.3.4 sh", "--add-host needs a network, and --net none has none"},
    {"--net container:a --dns 9.9.9.9 sh", "--dns and --net container:ID exclude each other: "
                                           "names are resolved as that container does"},
};

static const refused_row refused_file_rows[] = {
    {"--tmpfs /a --tmpfs /a/ sh", "two mounts on /a"},
    {"--tmpfs /proc --tmpfs /proc sh", "only the proc file system can be mounted on /proc"},
    {"--tmpfs / sh", "mount: the root itself can't be the place"},
    {"-v /tmp:/proc sh", "only the proc file system can be mounted on /proc"},
    {"--tmpfs /proc/sys sh", "nothing can be mounted on /proc/sys: the kernel's own files must "
                             "stay visible there"},
    {"-v /nonexistent:/a sh", "/nonexistent, to be mounted on /a: No such file or directory"},
    {"--device /tmp sh", "option --device: /tmp is not a device"},
    {"--device /dev/null:/dev/x --device /dev/zero:/dev/x sh", "two devices at /dev/x"},
    {"--user nobody sh",
     "option --user: there is no user \"nobody\" in the container's /etc/passwd"},
    {"--user web:nogroup sh",
     "option --user: there is no group \"nogroup\" in the container's /etc/group"},
    {"--group-add nogroup sh",
     "option --group-add: there is no group \"nogroup\" in the container's /etc/group"},
    {"--user 0x sh", "option --user: \"0x\" is not a user or group id (0 to 4294967294)"},
    {"--user -1 sh", "option --user: \"-1\" is not a user or group id (0 to 4294967294)"},
    {"--user 1: sh", "option --user: \"1:\" is not a user"},
    {"--user 4294967295 sh",
     "option --user: \"4294967295\" is not a user or group id (0 to 4294967294)"},
    {"--user bad sh", "option --user: the entry of bad in the container's /etc/passwd: \"0x0\" "
                      "is not a user or group id (0 to 4294967294)"},
};

static void check_refused(const char *root, const refused_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct parsed parsed = run(root, rows[i][0]);
        is_str(parsed.fail.text, rows[i][1], rows[i][0]);
        arena_release(&parsed.arena);
    }
}

static void test_refusals(const char *root)
{
    check_refused(root, refused_rows, sizeof(refused_rows) / sizeof(refused_rows[0]));
    check_refused(root, refused_network_rows,
                  sizeof(refused_network_rows) / sizeof(refused_network_rows[0]));
    check_refused(root, refused_file_rows,
                  sizeof(refused_file_rows) / sizeof(refused_file_rows[0]));
}

static void test_bad_roots(const char *root)
{
    struct parsed parsed = run("/nonexistent", "sh");
    CHECK_STR(parsed.fail.text, "the root file system /nonexistent does not exist");
    arena_release(&parsed.arena);

    char path[200], expected[300];
    (void)snprintf(path, sizeof(path), "%s/file/", root);
    (void)snprintf(expected, sizeof(expected), "the root file system %s/file is not a directory",
                   root);
    parsed = run(path, "sh");
    CHECK_STR(parsed.fail.text, expected);
    arena_release(&parsed.arena);
}

static void test_json(const char *root)
{
    struct parsed parsed = run(root, "-m 1m --cpus 2 --rlimit core=unlimited --hostname web "
                                     "--sched rr:5 -v /tmp:/a:ro -p 127.0.0.1:80:8080 --dns ::1 "
                                     "--add-host db:fd00::7 --net net1,ip=10.0.0.9 sh -c x");
    json_t *json = spec_to_json(&parsed.spec);
    json_t *process = json_object_get(json, "process");
    json_t *linux_part = json_object_get(json, "linux");
    CHECK_STR(json_string_value(json_object_get(json, "hostname")), "web");
    CHECK_INT((long long)json_array_size(json_object_get(process, "args")), 3);
    CHECK_INT((long long)json_array_size(json_object_get(json, "mounts")), 10);
    json_t *memory = json_object_get(json_object_get(linux_part, "resources"), "memory");
    CHECK_INT(json_integer_value(json_object_get(memory, "limit")), 1048576);
    json_t *annotations = json_object_get(json, "annotations");
    static const char *const rows[][2] = {
        {"launcher.net", "bridge"},
        {"launcher.net.interface.0", "net1,ip=10.0.0.9,name=eth0"},
        {"launcher.net.publish.0", "127.0.0.1:80:8080/tcp"},
        {"launcher.net.dns.0", "::1"},
        {"launcher.net.host.0", "db:fd00::7"},
        {"launcher.net.join", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_str(json_string_value(json_object_get(annotations, rows[i][0])), rows[i][1], rows[i][0]);
    json_decref(json);

    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (CHECK(file != NULL)) {
        spec_print_text(&parsed.spec, file);
        (void)fclose(file);
        CHECK(strstr(text, "/tmp on /a type bind (ro,rbind,rprivate), asked for\n") != NULL);
        CHECK(strstr(text, "core unlimited:unlimited\n") != NULL);
        CHECK(strstr(text, "network       bridge\n              net1,ip=10.0.0.9,name=eth0\n"
                           "published     127.0.0.1:80:8080/tcp\n"
                           "name servers  ::1\nhosts         db is fd00::7\n") != NULL);
        free(text);
    }
    arena_release(&parsed.arena);
}

/* In a child, so that the other tests keep their privileges: returns the number of a failed check. */
static int check_rootless(const char *root)
{
    if (setresgid(4242, 4242, 4242) < 0 || setresuid(4242, 4242, 4242) < 0)
        return 1;
    struct parsed parsed = run(root, "sh");
    const struct spec *spec = &parsed.spec;
    if (parsed.result != 0 || !spec->namespaces[NS_USER].create || !spec->deny_setgroups)
        return 2;
    if (spec->uid_mapping_count != 1 || spec->uid_mappings[0].container_id != 0 ||
        spec->uid_mappings[0].host_id != 4242 || spec->uid_mappings[0].size != 1)
        return 3;
    if (spec->process.user.additional_gid_count != 0)
        return 4;
    for (size_t i = 0; i < spec->mounts[2].option_count; i++)
        if (strcmp(spec->mounts[2].options[i], "gid=5") == 0)
            return 5;
    arena_release(&parsed.arena);

    /* pasta where there is one in an absolute directory of PATH */
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {"/nonexistent:/",
                                     arena_printf(&parsed.arena, ".:%s/bin", root), ":bin:."};
        const enum net_mode modes[] = {NET_NONE, NET_PASTA, NET_NONE};
        if (setenv("PATH", paths[i], 1) < 0 || chdir(root) < 0)
            return 20;
        arena_release(&parsed.arena);
        parsed = run(root, "sh");
        if (parsed.result != 0 || parsed.spec.network.mode != modes[i] ||
            !parsed.spec.network.by_default)
            return 21 + i;
        arena_release(&parsed.arena);
    }

    static const char *const bad[] = {"--user web sh", "--group-add 10 sh", "--ns -user sh"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        parsed = run(root, bad[i]);
        if (parsed.result == 0)
            return 6 + (int)i;
        arena_release(&parsed.arena);
    }
    return 0;
}

static void test_rootless(const char *root)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(check_rootless(root));
    if (!CHECK(child > 0 && waitpid(child, &status, 0) == child))
        return;
    is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "an ordinary user");
}

int main(void)
{
    char root[] = "/tmp/test-validate-XXXXXX";
    make_root(root);
    test_defaults(root);
    test_bad_roots(root);
    if (geteuid() == 0) {
        test_root_defaults(root);
        test_users(root);
        test_hostile_passwd(root);
        test_mounts(root);
        test_modes(root);
        test_interface_names(root);
        test_unresolved_container(root);
        test_refusals(root);
        test_json(root);
        test_rootless(root);
    } else {
        skip("everything that root can do", "not run as root");
    }
    remove_root(root);
    return done_testing();
}
