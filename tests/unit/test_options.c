/* The command line of run and plan: spellings, errors with hints, what lands in the spec. */
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "../../launcher/cli/run_options.h"
#include "tap.h"

struct parsed {
    struct arena arena;
    struct run_options options;
    struct spec spec;
    struct fail fail;
    int result;
};

enum { WORDS_MAX = 32 };

/* Cuts the line at blanks; an empty word can't be had this way. */
static struct parsed parse(const char *line)
{
    struct parsed parsed = {0};
    char *words[WORDS_MAX];
    int count = 0;
    for (char *word = strtok(arena_strdup(&parsed.arena, line), " ");
         word != NULL && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    char **argv = (char **)(void *)arena_copy(&parsed.arena, words, sizeof(words));
    parsed.result =
        run_options_parse(count, argv, &parsed.arena, &parsed.options, &parsed.spec, &parsed.fail);
    return parsed;
}

static void test_spellings(void)
{
    static const char *const lines[] = {
        "-m 100m -cpu 0.5 --rootfs alpine /bin/sh -c x",
        "-m100m --cpus=0.5 --rootfs=alpine /bin/sh -c x",
        "-m=100m --cpu 0.5 --rootfs alpine -- /bin/sh -c x",
        "--memory 104857600 -cpus=0.5 --rootfs alpine -it -- /bin/sh -c x",
        "-m 1 -m 100m -cpu=2 -cpu=0.5 --rootfs x --rootfs alpine /bin/sh -c x",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct parsed parsed = parse(lines[i]);
        is_int(parsed.result, 0, lines[i]);
        is_int(parsed.spec.resources.memory_max.value, 104857600, lines[i]);
        is_int(parsed.spec.resources.cpu_quota_us.value, 50000, lines[i]);
        is_str(parsed.spec.root.path, "alpine", lines[i]);
        is_int((long long)parsed.spec.process.arg_count, 3, lines[i]);
        is_str(parsed.spec.process.args[0], "/bin/sh", lines[i]);
        arena_release(&parsed.arena);
    }
}

/* Command line, the sentence, the hint or NULL. */
typedef const char *const error_row[3];

static const error_row error_rows[] = {
    {"--memroy 1m sh", "unknown option --memroy",
     "did you mean --memory? --help lists all options"},
    {"--mem=1m sh", "unknown option --mem=1m", "did you mean --memory? --help lists all options"},
    {"-cpux 1 sh", "unknown option -cpux", "did you mean -cpu? --help lists all options"},
    {"--zzzzzz sh", "unknown option --zzzzzz", "--help lists all options"},
    {"-x sh", "unknown option -x", NULL},
    {"--rootfs", "option --rootfs needs a value: --rootfs DIR", NULL},
    {"-m", "option -m needs a value: -m SIZE", NULL},
    {"--memory --cpus 2", "option --memory needs a value: --memory SIZE", NULL},
    {"--read-only=yes sh", "option --read-only takes no value", NULL},
    {"-m 1x sh", "option -m: \"1x\" is not a size", NULL},
    {"-m -2 sh", "option -m: \"-2\" is not a size", NULL},
    {"--memory= sh", "option --memory: \"\" is not a size", NULL},
    {"-m 99999999999999999999 sh", "option -m: the size 99999999999999999999 is too large", NULL},
    {"--name a/b sh", "option --name: \"a/b\" can't be the name of a container", NULL},
    {"--ns pid,nett sh", "option --ns: there is no namespace \"nett\"", NULL},
    {"--cap-add foo sh", "option --cap-add: there is no capability \"foo\"", NULL},
    {"--no-new-privs /bin/sh", "option --no-new-privs: \"/bin/sh\" is neither on nor off", NULL},
    {"--sysctl kernel.core_pattern=x sh",
     "option --sysctl: kernel/core_pattern belongs to the whole machine, not to a container", NULL},
    {"--env-file /nonexistent sh",
     "option --env-file: opening /nonexistent: No such file or directory", NULL},
    {"--oom-score-adj 1001 sh",
     "option --oom-score-adj: \"1001\" is not a number from -1000 to 1000", NULL},
    {"--device /dev/null:x sh", "option --device: \"x\" is no selection of r, w and m", NULL},
    {"--hostname a/b sh", "option --hostname: \"a/b\" can't be a host name", NULL},
    {"--pids 0 sh", "option --pids: \"0\" is not a number from 1 to 2147483647", NULL},
    {"--umask 888 sh", "option --umask: \"888\" is not an octal number up to 777", NULL},
    {"--volume /a sh", "option --volume: \"/a\" is not SRC:DST[:options]", NULL},
};

static const error_row network_error_rows[] = {
    {"--net bridg: sh", "option --net: \"bridg:\" is neither a mode nor the name of a network",
     "there are none, host, bridge[:NETWORK], container:ID, ns:PATH, pasta and NETWORK"},
    {"--network a,ip=10.0.0.9 --net none sh", "option --net: bridge and none exclude each other",
     "only networks can be given several times: --net a --net b"},
    {"--net container:a --net ns:/b sh", "option --net: container:ID and ns exclude each other",
     NULL},
    {"--net none --net none sh", "option --net: none and none exclude each other", NULL},
    {"--net a,ip=fd00::9 sh", "option --net: ip: fd00::9 is an IPv6 address", "ip6=fd00::9"},
    {"-p 0:80 sh", "option -p: \"0\" is not a port, 1 to 65535", NULL},
    {"-p80 sh", "option -p: \"80\" is not [IP:]HOST:CONTAINER[/tcp|/udp]", NULL},
    {"--publish= sh", "option --publish: \"\" is not [IP:]HOST:CONTAINER[/tcp|/udp]", NULL},
    {"-p 1-4096:1-4096 -p 5000:1 sh", "option -p: a container can publish 4096 ports, not more",
     NULL},
    {"--dns x sh", "option --dns: \"x\" is not the address of a name server", NULL},
    {"--dns-search a..b sh", "option --dns-search: \"a..b\" is not a domain", NULL},
    {"--dns-option ; sh", "option --dns-option: \";\" is not an option of a resolver",
     "resolv.conf(5) lists them: ndots:2, timeout:1, rotate ..."},
    {"--add-host db sh", "option --add-host: \"db\" is not NAME:ADDRESS",
     "db:10.1.0.7 and db:fd00::7 are such lines of /etc/hosts"},
};

static void check_errors(const error_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct parsed parsed = parse(rows[i][0]);
        ok(parsed.result < 0, rows[i][0]);
        is_str(parsed.fail.text, rows[i][1], rows[i][0]);
        if (rows[i][2] != NULL)
            is_str(parsed.fail.hint, rows[i][2], rows[i][0]);
        is_int(parsed.fail.exit_status, 0, rows[i][0]);
        arena_release(&parsed.arena);
    }
}

static void test_errors(void)
{
    check_errors(error_rows, sizeof(error_rows) / sizeof(error_rows[0]));
    check_errors(network_error_rows, sizeof(network_error_rows) / sizeof(network_error_rows[0]));
}

/* docs/decisions/002-dash-v.md */
static void test_dash_v(void)
{
    static const struct {
        const char *line;
        bool verbose;
        size_t volumes;
    } rows[] = {
        {"-v /a:/b sh", false, 1},     {"-v/a:/b sh", false, 1}, {"-itv /a:/b sh", false, 1},
        {"-v --rootfs x sh", true, 0}, {"-v /bin/sh", true, 0},  {"-v", true, 0},
        {"-vit sh", true, 0},          {"-itv sh", true, 0},     {"-v -v /a:/b sh", true, 1},
        {"--verbose /a:/b", true, 0},  {"-v -- /a:b", true, 0},  {"-v -e A=a:b sh", true, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed parsed = parse(rows[i].line);
        is_int(parsed.result, 0, rows[i].line);
        is_int(parsed.spec.trace, rows[i].verbose, rows[i].line);
        is_int((long long)parsed.spec.mount_count, (long long)rows[i].volumes, rows[i].line);
        arena_release(&parsed.arena);
    }
}

static unsigned wishes(const struct run_options *options, enum wish wish)
{
    unsigned set = 0;
    for (unsigned type = 0; type < NS_COUNT; type++)
        set |= options->namespaces[type] == wish ? 1u << type : 0;
    return set;
}

static void test_namespaces(void)
{
    struct parsed parsed = parse("--ns pid,mnt,net sh");
    CHECK_INT(wishes(&parsed.options, WISH_YES), 1 << NS_PID | 1 << NS_MNT | 1 << NS_NET);
    CHECK_INT(wishes(&parsed.options, WISH_AUTO), 0);
    arena_release(&parsed.arena);

    parsed = parse("--ns -net,+user sh");
    CHECK_INT(wishes(&parsed.options, WISH_NO), 1 << NS_NET);
    CHECK_INT(wishes(&parsed.options, WISH_YES), 1 << NS_USER);
    arena_release(&parsed.arena);

    parsed = parse("--ns net:/run/netns/a:b sh");
    CHECK_STR(parsed.spec.namespaces[NS_NET].path, "/run/netns/a:b");
    CHECK_INT(wishes(&parsed.options, WISH_NO), 0);
    arena_release(&parsed.arena);
}

static void test_fields(void)
{
    struct parsed parsed = parse(
        "--cap-drop ALL --cap-add net_admin,CAP_SYS_TIME --sched fifo:10 --ioprio best-effort:2 "
        "--cpu-affinity 0-1 --rlimit nofile=1:2 --ulimit nofile=3 --no-new-privs=off "
        "--personality linux32 --seccomp unconfined --pids 32 --nice 5 sh");
    CHECK_INT(parsed.result, 0);
    CHECK(parsed.options.drop_all_capabilities);
    CHECK_INT((long long)parsed.options.capabilities_added, 1 << 12 | 1 << 25);
    CHECK_INT(parsed.spec.process.scheduler.policy, SCHED_FIFO);
    CHECK_INT(parsed.spec.process.scheduler.priority, 10);
    CHECK_INT(parsed.spec.process.scheduler.nice, 5);
    CHECK_INT(parsed.spec.process.io_priority.value, 2 << 13 | 2);
    CHECK_INT(parsed.spec.process.cpu_affinity_mask[0], 3);
    CHECK_INT((long long)parsed.spec.process.rlimit_count, 1);
    CHECK_INT((long long)parsed.spec.process.rlimits[0].hard, 3);
    CHECK(!parsed.spec.process.no_new_privileges);
    CHECK_INT(parsed.spec.process.personality.value, 8);
    CHECK_INT(parsed.spec.seccomp, SECCOMP_UNCONFINED);
    CHECK_INT(parsed.spec.resources.pids_max.value, 32);
    arena_release(&parsed.arena);
}

static void test_network(void)
{
    struct parsed parsed = parse("--net a,ip=10.0.0.9 --network=bridge:b,name=wan -p 80:8080 "
                                 "-p127.0.0.1:53:53/udp --publish=9000-9001:1-2 --dns 9.9.9.9 "
                                 "--dns ::1 --dns-search example.org --dns-option ndots:2 "
                                 "--add-host db:fd00::7 sh");
    const struct spec_network *network = &parsed.spec.network;
    CHECK_INT(parsed.result, 0);
    CHECK(parsed.options.net_given && parsed.options.net_container == NULL);
    CHECK_INT(network->mode, NET_BRIDGE);
    if (CHECK(network->interface_count == 2)) {
        CHECK_STR(network->interfaces[0].network, "a");
        CHECK(network->interfaces[0].has_ip4 && network->interfaces[0].name == NULL);
        CHECK_STR(network->interfaces[1].network, "b");
        CHECK_STR(network->interfaces[1].name, "wan");
    }
    if (CHECK(network->port_count == 4)) {
        CHECK_INT(network->ports[0].container_port, 8080);
        CHECK(network->ports[1].udp && network->ports[1].family == AF_INET);
        CHECK_INT(network->ports[3].host_port, 9001);
    }
    CHECK_INT((long long)network->dns_server_count, 2);
    CHECK_STR(network->dns_searches[0], "example.org");
    CHECK_STR(network->dns_options[0], "ndots:2");
    CHECK_STR(network->hosts[0].value, "fd00::7");
    arena_release(&parsed.arena);

    parsed = parse("--net container:web sh");
    CHECK_STR(parsed.options.net_container, "web");
    CHECK(parsed.spec.network.mode == NET_JOIN && parsed.spec.network.join == NULL);
    arena_release(&parsed.arena);

    parsed = parse("sh");
    CHECK(!parsed.options.net_given);
    arena_release(&parsed.arena);
}

static void test_devices(void)
{
    static const char *const rows[][3] = {
        {"--device /dev/fuse sh", "/dev/fuse", "/dev/fuse"},
        {"--device /dev/fuse:/dev/x sh", "/dev/fuse", "/dev/x"},
        {"--device /dev/fuse:rwm sh", "/dev/fuse", "/dev/fuse"},
        {"--device /dev/fuse:/dev/x:rw sh", "/dev/fuse", "/dev/x"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed parsed = parse(rows[i][0]);
        is_int((long long)parsed.spec.device_count, 1, rows[i][0]);
        is_str(parsed.spec.devices[0].source, rows[i][1], rows[i][0]);
        is_str(parsed.spec.devices[0].path, rows[i][2], rows[i][0]);
        arena_release(&parsed.arena);
    }
}

static void test_help(void)
{
    struct parsed parsed = parse("--help --no-such-option");
    CHECK_INT(parsed.result, 0);
    CHECK(parsed.options.help_wanted);
    arena_release(&parsed.arena);

    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!CHECK(file != NULL))
        return;
    run_options_help(file, "run");
    (void)fclose(file);
    CHECK(strstr(text, "--cpus, -cpu") != NULL);
    CHECK(strstr(text, "-m, --memory SIZE") != NULL);
    size_t widest = 0;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        widest = strcspn(line, "\n") > widest ? strcspn(line, "\n") : widest;
    CHECK(widest <= 100);
    free(text);
}

int main(void)
{
    test_spellings();
    test_errors();
    test_dash_v();
    test_namespaces();
    test_fields();
    test_network();
    test_devices();
    test_help();
    return done_testing();
}
