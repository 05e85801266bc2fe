/* A spec from command line to verdict: defaults, users against a root file system, contradictions.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../launcher/spec/spec_print.h"
#include "command_line.h"

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
    if (geteuid() == 0) {
        test_root_defaults(root);
        test_users(root);
        test_hostile_passwd(root);
        test_mounts(root);
        test_modes(root);
        test_interface_names(root);
        test_unresolved_container(root);
        test_json(root);
        test_rootless(root);
    } else {
        skip("everything that root can do", "not run as root");
    }
    remove_root(root);
    return done_testing();
}
