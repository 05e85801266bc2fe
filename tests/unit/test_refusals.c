/* What a command line asks for and can't be had: the sentences. */
#include "command_line.h"

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

int main(void)
{
    char root[] = "/tmp/test-refusals-XXXXXX";
    make_root(root);
    test_bad_roots(root);
    if (geteuid() == 0)
        test_refusals(root);
    else
        skip("everything that root can do", "not run as root");
    remove_root(root);
    return done_testing();
}
