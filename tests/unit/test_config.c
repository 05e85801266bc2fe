/* config.json: what is read, and for each thing that is refused the place, the field and the words. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "config_text.h"

/* ---- what is refused ---- */

struct refusal {
    const char *text;  /* '@' stands before the place that the error names */
    const char *error; /* behind the place */
};

static const struct refusal refusals[] = {
    /* no JSON */
    {"@", "the file is empty"},
    {" \n @", "the file is empty"},
    {"@?", "this is no JSON value"},
    {"@[]", "expected an object, found a list"},
    {"@null ", "expected an object, found null"},
    {"@'a'", "this is no JSON value"},
    {"{@", "the text ends too early"},
    {"{@a:1}", "expected a name in quotes"},
    {"{@1:1}", "expected a name in quotes"},
    {"{\"a\"@1}", "expected a colon behind the name"},
    {"{\"a\":1@\"b\":1}", "expected a comma or a closing brace"},
    {"{\"a\":[1 @2]}", "expected a comma or a closing bracket"},
    {"{\"a\":1,@}", "nothing follows the comma"},
    {"{\"a\":[1,@]}", "nothing follows the comma"},
    {"{\"a\":[@,1]}", "this is no JSON value"},
    {"{\"a\":@01}", "this is no number"},
    {"{\"a\":@-}", "this is no number"},
    {"{\"a\":@1.}", "this is no number"},
    {"{\"a\":@1e}", "this is no number"},
    {"{\"a\":@.5}", "this is no JSON value"},
    {"{\"a\":@+1}", "this is no JSON value"},
    {"{\"a\":@NaN}", "this is no JSON value"},
    {"{\"a\":@tru}", "this is neither true nor false"},
    {"{\"a\":\"@\t\"}", "a control character in a string"},
    {"{\"a\":\"\\@x\"}", "a backslash that begins no escape"},
    {"{\"a\":\"@\\u12\"}", "\\u is not followed by four hexadecimal digits"},
    {"{\"a\":\"@\\u0000\"}", "a string can't hold a NUL"},
    {"{\"a\":\"@\\ud800\"}", "half of a surrogate pair"},
    {"{\"a\":\"@\\ud800\\u0041\"}", "half of a surrogate pair"},
    {"{\"a\":\"@\\udc00\"}", "half of a surrogate pair"},
    {"{\"a\":\"@\xff\"}", "bytes that are not UTF-8"},
    {"{\"a\":\"@\xc0\xaf\"}", "bytes that are not UTF-8"},
    {"{\"a\":\"@\xed\xa0\x80\"}", "bytes that are not UTF-8"},
    {"{\"a\":\"@\xf4\x90\x80\x80\"}", "bytes that are not UTF-8"},
    {"{\"a\":\"\xc3\xa4@\xe2\x82\"}", "bytes that are not UTF-8"},

    /* the whole */
    {"@{}", "the field \"ociVersion\" is missing"},
    {"@{\"ociVersion\":null}", "the field \"ociVersion\" is missing"},
    {"{\"ociVersion\":@1}", "ociVersion: expected a string, found a number"},
    {"{\"ociVersion\":@\"\"}", "ociVersion: it is empty"},
    {"{\"ociVersion\":@\"1.0\"}", "ociVersion: \"1.0\" is not a version as 1.3.0 is"},
    {"{\"ociVersion\":@\"1.0.0x\"}", "ociVersion: \"1.0.0x\" is not a version as 1.3.0 is"},
    {"{\"ociVersion\":@\"2.0.0\"}",
     "ociVersion: launcher knows version 1 of the runtime-spec, not 2.0.0"},
    {"@{\"ociVersion\":\"1.0.2-dev\"}", "the field \"root\" is missing"},
    {TOP("@\"root\":{\"path\":\"a\"}"), "the name \"root\" stands here twice"},
    {CONFIG("", "", "") "@x", "something follows the end of the object"},
    {"{\"ociVersion\":\"1.0.2\",\"root\":@{}}", "root: the field \"path\" is missing"},
    {"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":@\"\"}}", "root.path: it is empty"},
    {"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":@\"a\\nb\"}}",
     "root.path: it contains control characters"},
    {"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"a\",\"readonly\":@1}}",
     "root.readonly: expected true or false, found a number"},
    {TOP("\"hostname\":@[]"), "hostname: expected a string, found a list"},
    {TOP("\"hostname\":@\"a\\u0001\""), "hostname: it contains control characters"},
    {TOP("\"annotations\":{\"a\":@1}"), "annotations[\"a\"]: expected a string, found a number"},
    {TOP("\"annotations\":{@\"\":\"x\"}"), "annotations: a name is empty"},
    {TOP("\"annotations\":{\"a\":\"1\",\"b\":\"2\",@\"a\":\"3\"}"),
     "annotations: the name \"a\" stands here twice"},
    {TOP("\"annotations\":{\"a\":\"1\",@\"\\u0061\":\"3\"}"),
     "annotations: the name \"a\" stands here twice"},

    /* process */
    {"{\"process\":@{\"args\":[\"\"]}}", "process: the field \"cwd\" is missing"},
    {"{\"process\":@{\"cwd\":\"/\"}}", "process: the field \"args\" is missing"},
    {"{\"process\":{\"cwd\":@\"tmp\"}}",
     "process.cwd: \"tmp\" is not an absolute path of the container"},
    {"{\"process\":{\"cwd\":@\"\"}}", "process.cwd: it is empty"},
    {"{\"process\":{\"args\":@[]}}", "process.args: it is empty"},
    {"{\"process\":{\"args\":@\"sh\"}}", "process.args: expected a list, found a string"},
    {"{\"process\":{\"args\":[\"sh\",@1]}}", "process.args[1]: expected a string, found a number"},
    {"{\"process\":{\"args\":[@null]}}", "process.args[0]: expected a string, found null"},
    {PROCESS("\"terminal\":@\"yes\""), "process.terminal: expected true or false, found a string"},
    {PROCESS("\"user\":{\"uid\":@\"0\"}"), "process.user.uid: expected an integer, found a string"},
    {PROCESS("\"user\":{\"uid\":@-1}"), "process.user.uid: -1 is not from 0 to 4294967294"},
    {PROCESS("\"user\":{\"uid\":@4294967295}"),
     "process.user.uid: 4294967295 is not from 0 to 4294967294"},
    {PROCESS("\"user\":{\"uid\":@1.0}"), "process.user.uid: 1.0 is no integer"},
    {PROCESS("\"user\":{\"uid\":@1e3}"), "process.user.uid: 1e3 is no integer"},
    {PROCESS("\"user\":{\"uid\":@18446744073709551616}"),
     "process.user.uid: 18446744073709551616 has more than 64 bits"},
    {PROCESS("\"user\":{\"umask\":@512}"), "process.user.umask: 512 is not from 0 to 511"},
    {PROCESS("\"user\":{\"additionalGids\":[1,@-2]}"),
     "process.user.additionalGids[1]: -2 is not from 0 to 4294967294"},
    {PROCESS("\"consoleSize\":{\"height\":@65536}"),
     "process.consoleSize.height: 65536 is not from 0 to 65535"},
    {PROCESS("\"capabilities\":{\"bounding\":@\"CAP_KILL\"}"),
     "process.capabilities.bounding: expected a list, found a string"},
    {PROCESS("\"rlimits\":[@{\"type\":\"RLIMIT_NOFILE\",\"soft\":1}]"),
     "process.rlimits[0]: the field \"hard\" is missing"},
    {PROCESS("\"rlimits\":[@{\"type\":\"nofile\",\"soft\":1,\"hard\":1}]"),
     "process.rlimits[0]: there is no limit \"nofile\"; an example of one is RLIMIT_NOFILE"},
    {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
             "@{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
     "process.rlimits[1]: RLIMIT_CPU stands here twice"},
    {PROCESS("\"rlimits\":[@{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
     "process.rlimits[0]: the soft limit is above the hard one"},
    {PROCESS("\"oomScoreAdj\":@1001"), "process.oomScoreAdj: 1001 is not from -1000 to 1000"},
    {PROCESS("\"oomScoreAdj\":@-1001"), "process.oomScoreAdj: -1001 is not from -1000 to 1000"},
    {PROCESS("\"scheduler\":@{\"nice\":1}"), "process.scheduler: the field \"policy\" is missing"},
    {PROCESS("\"scheduler\":{\"policy\":@\"FIFO\"}"),
     "process.scheduler.policy: there is no policy \"FIFO\"; an example of one is SCHED_BATCH"},
    {PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"flags\":[@\"X\"]}"),
     "process.scheduler.flags[0]: \"X\" is unknown; known are SCHED_FLAG_RESET_ON_FORK ... "
     "SCHED_FLAG_UTIL_CLAMP_MAX"},
    {PROCESS("\"scheduler\":{\"nice\":@20}"), "process.scheduler.nice: 20 is not from -20 to 19"},
    {PROCESS("\"ioPriority\":@{\"class\":\"idle\"}"),
     "process.ioPriority: there is no class \"idle\"; an example of one is IOPRIO_CLASS_BE"},
    {PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":@8}"),
     "process.ioPriority.priority: 8 is not from 0 to 7"},
    {PROCESS("\"execCPUAffinity\":{\"initial\":@\"a\"}"),
     "process.execCPUAffinity.initial: \"a\" is not a list of CPUs below 8192"},

    /* mounts */
    {TOP("\"mounts\":@{}"), "mounts: expected a list, found an object"},
    {TOP("\"mounts\":[@7]"), "mounts[0]: expected an object, found a number"},
    {TOP("\"mounts\":[@{\"type\":\"tmpfs\"}]"), "mounts[0]: the field \"destination\" is missing"},
    {TOP("\"mounts\":[{\"destination\":@\"data\",\"type\":\"tmpfs\"}]"),
     "mounts[0].destination: \"data\" is not an absolute path of the container"},
    {TOP("\"mounts\":[@{\"destination\":\"/a\"}]"),
     "mounts[0]: it has no type, and is no bind mount either"},
    {TOP("\"mounts\":[@{\"destination\":\"/a\",\"options\":[\"rbind\"]}]"),
     "mounts[0]: a bind mount needs a source"},
    {TOP("\"mounts\":[{\"options\":[@\"\"]}]"), "mounts[0].options[0]: it is empty"},
    {TOP("\"mounts\":[{\"uidMappings\":[@{\"containerID\":0,\"hostID\":0}]}]"),
     "mounts[0].uidMappings[0]: the field \"size\" is missing"},

    /* linux */
    {LINUX("\"namespaces\":[@{}]"), "linux.namespaces[0]: the field \"type\" is missing"},
    {LINUX("\"namespaces\":[@{\"type\":\"net\"}]"),
     "linux.namespaces[0]: there is no namespace \"net\""},
    {LINUX("\"namespaces\":[{\"type\":\"pid\"},@{\"type\":\"pid\"}]"),
     "linux.namespaces[1]: the pid namespace stands here twice"},
    {LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"/a\"},@{\"type\":\"pid\"}]"),
     "linux.namespaces[1]: the pid namespace stands here twice"},
    {LINUX("\"namespaces\":[@{\"type\":\"pid\",\"path\":\"a\"}]"),
     "linux.namespaces[0]: \"a\" is not an absolute path"},
    {LINUX("\"uidMappings\":[@{\"containerID\":0,\"hostID\":0,\"size\":0}]"),
     "linux.uidMappings[0]: it maps no id: \"size\" is 0"},
    {LINUX("\"gidMappings\":[@{\"containerID\":1,\"hostID\":0,\"size\":4294967295}]"),
     "linux.gidMappings[0]: it goes beyond 4294967294, the last id"},
    {LINUX("\"uidMappings\":[{\"containerID\":@-1}]"),
     "linux.uidMappings[0].containerID: -1 is not from 0 to 4294967295"},
    {LINUX("\"devices\":[@{\"path\":\"/dev/x\",\"type\":\"x\"}]"),
     "linux.devices[0]: the type \"x\" is none of b, c, u and p"},
    {LINUX("\"devices\":[@{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1}]"),
     "linux.devices[0]: the field \"minor\" is missing"},
    {LINUX("\"devices\":[@{\"path\":\"x\",\"type\":\"p\"}]"),
     "linux.devices[0]: \"x\" is not an absolute path of the container"},
    {LINUX("\"devices\":[{\"major\":@4096}]"),
     "linux.devices[0].major: 4096 is not from 0 to 4095"},
    {LINUX("\"rootfsPropagation\":@\"public\""),
     "linux.rootfsPropagation: \"public\" is unknown; known are private ... rshared"},
    {LINUX("\"sysctl\":{\"net.ipv4.ip_forward\":@1}"),
     "linux.sysctl[\"net.ipv4.ip_forward\"]: expected a string, found a number"},
    {LINUX("\"sysctl\":{\"net..x\":@\"1\"}"),
     "linux.sysctl[\"net..x\"]: \"net//x\" is not the name of a sysctl"},
    {LINUX("\"sysctl\":{\"net.x=1\":@\"1\"}"),
     "linux.sysctl[\"net.x=1\"]: no sysctl has such a name"},
    {LINUX("\"maskedPaths\":[@\"proc\"]"),
     "linux.maskedPaths[0]: \"proc\" is not an absolute path of the container"},
    {LINUX("\"personality\":@{}"), "linux.personality: the field \"domain\" is missing"},
    {LINUX("\"personality\":{\"domain\":@\"BSD\"}"),
     "linux.personality.domain: \"BSD\" is unknown; known are LINUX ... LINUX32"},
    {LINUX("\"personality\":{\"flags\":[@\"X\"]}"),
     "linux.personality.flags[0]: there is no flag \"X\""},
    {LINUX("\"timeOffsets\":{\"realtime\":@{}}"),
     "linux.timeOffsets[\"realtime\"]: the clock is neither monotonic nor boottime"},
    {LINUX("\"timeOffsets\":{\"boottime\":{\"nanosecs\":@1000000000}}"),
     "linux.timeOffsets[\"boottime\"].nanosecs: 1000000000 is not from 0 to 999999999"},
    {LINUX("\"memoryPolicy\":{\"mode\":@\"BIND\"}"),
     "linux.memoryPolicy.mode: \"BIND\" is unknown; known are MPOL_DEFAULT ... "
     "MPOL_WEIGHTED_INTERLEAVE"},
    {LINUX("\"intelRdt\":{\"closID\":@\"a/b\"}"),
     "linux.intelRdt.closID: \"a/b\" can't be the name of a directory"},
    {LINUX("\"intelRdt\":{\"memBwSchema\":@\"L3:0=f\"}"),
     "linux.intelRdt.memBwSchema: \"L3:0=f\" does not begin with MB:"},
    {LINUX("\"intelRdt\":{\"schemata\":[\"a\",@\"L3:0=f\\nMB:0=1\"]}"),
     "linux.intelRdt.schemata[1]: it contains control characters"},
    {LINUX("\"netDevices\":{\"eth 0\":@{}}"),
     "linux.netDevices[\"eth 0\"]: \"eth 0\" can't be the name of an interface"},
    {LINUX("\"netDevices\":{\"eth0\":@{\"name\":\"sixteen-letters-\"}}"),
     "linux.netDevices[\"eth0\"]: \"sixteen-letters-\" can't be the name of an interface"},
    {LINUX("\"netDevices\":{\"eth0\":@{\"name\":\"all\"}}"),
     "linux.netDevices[\"eth0\"]: \"all\" can't be the name of an interface"},
    {LINUX("\"netDevices\":{\"eth%d\":@{}}"),
     "linux.netDevices[\"eth%d\"]: \"eth%d\" can't be the name of an interface"},
    {LINUX("\"netDevices\":{\"eth0\":@{\"name\":\"%dx\"}}"),
     "linux.netDevices[\"eth0\"]: \"%dx\" can't be the name of an interface"},

    /* resources */
    {RESOURCES("\"memory\":@1"), "linux.resources.memory: expected an object, found a number"},
    {RESOURCES("\"memory\":{\"limit\":@-2}"),
     "linux.resources.memory.limit: -2 is not from -1 to 9223372036854775807"},
    {RESOURCES("\"memory\":{\"limit\":@\"1g\"}"),
     "linux.resources.memory.limit: expected an integer, found a string"},
    {RESOURCES("\"cpu\":{\"cpus\":@\"3-1\"}"),
     "linux.resources.cpu.cpus: \"3-1\" is not a list of CPUs below 8192"},
    {RESOURCES("\"devices\":[@{\"access\":\"rwm\"}]"),
     "linux.resources.devices[0]: the field \"allow\" is missing"},
    {RESOURCES("\"devices\":[@{\"allow\":true,\"type\":\"d\"}]"),
     "linux.resources.devices[0]: the type \"d\" is none of a, b and c"},
    {RESOURCES("\"devices\":[@{\"allow\":true,\"access\":\"x\"}]"),
     "linux.resources.devices[0]: \"x\" is no selection of r, w and m"},
    {RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[@{\"major\":8,\"minor\":0}]}"),
     "linux.resources.blockIO.throttleReadBpsDevice[0]: the field \"rate\" is missing"},
    {RESOURCES("\"hugepageLimits\":[{\"pageSize\":@\"../2MB\"}]"),
     "linux.resources.hugepageLimits[0].pageSize: \"../2MB\" is no size as the kernel spells it: "
     "2MB"},
    {RESOURCES("\"rdma\":{\"mlx 5\":@{}}"),
     "linux.resources.rdma[\"mlx 5\"]: no RDMA device has such a name"},
    {RESOURCES("\"rdma\":{\"mlx5_1\":@{}}"),
     "linux.resources.rdma[\"mlx5_1\"]: neither \"hcaHandles\" nor \"hcaObjects\" is given"},

    {RESOURCES("\"network\":{\"classID\":@4294967296}"),
     "linux.resources.network.classID: 4294967296 is not from 0 to 4294967295"},
    {RESOURCES("\"network\":{\"priorities\":[{\"name\":@\"eth0 9\"}]}"),
     "linux.resources.network.priorities[0].name: \"eth0 9\" can't be the name of an interface"},

    /* seccomp */
    {LINUX("\"seccomp\":@{}"), "linux.seccomp: the field \"defaultAction\" is missing"},
    {LINUX("\"seccomp\":{\"defaultAction\":@\"ALLOW\"}"),
     "linux.seccomp.defaultAction: \"ALLOW\" is unknown; known are SCMP_ACT_KILL ... "
     "SCMP_ACT_ALLOW"},
    {SECCOMP("\"syscalls\":[{\"names\":@[]}]"), "linux.seccomp.syscalls[0].names: it is empty"},
    {SECCOMP("\"syscalls\":[@{\"names\":[\"a\"]}]"),
     "linux.seccomp.syscalls[0]: the field \"action\" is missing"},
    {SECCOMP("\"syscalls\":[{\"args\":[{\"index\":@6}]}]"),
     "linux.seccomp.syscalls[0].args[0].index: 6 is not from 0 to 5"},
    {SECCOMP("\"syscalls\":[{\"args\":[{\"op\":@\"EQ\"}]}]"),
     "linux.seccomp.syscalls[0].args[0].op: \"EQ\" is unknown; known are SCMP_CMP_NE ... "
     "SCMP_CMP_MASKED_EQ"},
    {SECCOMP("\"syscalls\":[{\"errnoRet\":@4096}]"),
     "linux.seccomp.syscalls[0].errnoRet: 4096 is not from 0 to 4095"},
    {SECCOMP("\"syscalls\":[@{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]"),
     "linux.seccomp.syscalls[0]: \"errnoRet\": only SCMP_ACT_ERRNO and SCMP_ACT_TRACE return one"},
    {LINUX("\"seccomp\":@{\"defaultErrnoRet\":0,\"defaultAction\":\"SCMP_ACT_ALLOW\"}"),
     "linux.seccomp: \"defaultErrnoRet\": only SCMP_ACT_ERRNO and SCMP_ACT_TRACE return one"},
    {LINUX("\"seccomp\":@{\"listenerMetadata\":\"a\",\"defaultAction\":\"SCMP_ACT_ALLOW\"}"),
     "linux.seccomp: \"listenerMetadata\" without a listenerPath"},
    {SECCOMP("\"architectures\":[@\"X86\"]"),
     "linux.seccomp.architectures[0]: \"X86\" is unknown; known are SCMP_ARCH_X86 ... "
     "SCMP_ARCH_RISCV64"},

    /* hooks */
    {TOP("\"hooks\":{\"prestart\":[@{}]}"), "hooks.prestart[0]: the field \"path\" is missing"},
    {TOP("\"hooks\":{\"poststop\":[{\"path\":@\"true\"}]}"),
     "hooks.poststop[0].path: \"true\" is not an absolute path"},
    {TOP("\"hooks\":{\"poststop\":[{\"timeout\":@0}]}"),
     "hooks.poststop[0].timeout: 0 is not from 1 to 2147483647"},
};

static void check_refusal(const struct refusal *row)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct fail fail = {0};
    const char *marker = strchr(row->text, '@');
    size_t before = marker != NULL ? (size_t)(marker - row->text) : 0;
    char *text = arena_printf(&arena, "%.*s%s", (int)before, row->text, row->text + before + 1);
    size_t line = 1, column = 1;
    for (size_t i = 0; i < before; i++) {
        bool rest = ((unsigned char)text[i] & 0xc0) == 0x80;
        line += text[i] == '\n' ? 1 : 0;
        column = text[i] == '\n' ? 1 : column + (rest ? 0 : 1);
    }
    /* a path of tables stands before the words of a text that is no JSON, too */
    const char *expected =
        arena_printf(&arena, "config.json:%zu:%zu: %s", line, column, row->error);
    int result = config_read("config.json", text, strlen(text), &arena, &spec, &notes, &fail);
    ok(marker != NULL && result == -EINVAL, row->text);
    is_str(fail.text, expected, "  its error");
}

/* ---- what is read ---- */

static void test_nothing_is_added(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    ok(read_text(CONFIG("", "", ""), &arena, &spec, &notes), "the smallest config.json");
    is_int((long long)spec.mount_count, 0, "no default mounts");
    is_int((long long)spec.process.capabilities.bounding, 0, "no default capabilities");
    is_int((long long)spec.masked_path_count, 0, "no default masked paths");
    ok(!spec.process.no_new_privileges, "no_new_privs only when it is said");
    ok(spec.oci.seccomp == NULL && spec.seccomp == SECCOMP_UNCONFINED, "no default seccomp");
    ok(!spec.init, "PID 1 is the payload");
    ok(!spec.process.user.umask.set && !spec.process.oom_score_adj.set, "nothing is set to 0");
    ok(notes.warning_count == 0, "nothing to note");
}

static void test_process(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    const struct spec_process *process = &spec.process;
    ok(read_text(
           PROCESS(
               "\"terminal\":true,\"consoleSize\":{\"height\":25,\"width\":80},"
               "\"user\":{\"uid\":1000,\"gid\":4294967294,\"umask\":18,"
               "\"additionalGids\":[5,6,7]},\"env\":[\"A=\\u00e4\\n\\\\\",\"B=\\ud83d\\ude00\"],"
               "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_NONE\",\"cap_chown\"],"
               "\"ambient\":[\"CAP_CHOWN\"]},"
               "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":18446744073709551615,"
               "\"hard\":18446744073709551615}],\"oomScoreAdj\":-7,\"noNewPrivileges\":true,"
               "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":-5,"
               "\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"],\"runtime\":18446744073709551615},"
               "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":3},"
               "\"execCPUAffinity\":{\"initial\":\"0-1\",\"final\":\"1\"},"
               "\"apparmorProfile\":\"unconfined\",\"selinuxLabel\":\"\"") "\n ",
           &arena, &spec, &notes),
       "a process with all of its fields");
    ok(process->terminal && process->rows == 25 && process->columns == 80, "terminal");
    ok(process->user.uid == 1000 && process->user.gid == UINT32_MAX - 1, "user and group");
    ok(process->user.additional_gid_count == 3 && process->user.additional_gids[2] == 7, "groups");
    ok(process->user.umask.set && process->user.umask.value == 022, "umask");
    is_str(process->environment[0], "A=\xc3\xa4\n\\", "escapes");
    is_str(process->environment[1], "B=\xf0\x9f\x98\x80", "a surrogate pair");
    is_int((long long)process->capabilities.bounding, 1 << 5, "what is no capability is left out");
    is_int((long long)notes.warning_count, 2, "with a warning for each");
    ok(strstr(notes.warnings[0], "process.capabilities.bounding[1]: there is no capability "
                                 "\"CAP_NONE\"") != NULL,
       "which has the place");
    ok(process->rlimits[0].resource == RLIMIT_NOFILE && process->rlimits[0].hard == UINT64_MAX,
       "a limit of 64 bits");
    ok(process->oom_score_adj.set && process->oom_score_adj.value == -7, "OOM score");
    ok(process->scheduler.set && process->scheduler.policy == SCHED_BATCH &&
           process->scheduler.nice == -5 && process->scheduler.flags == 1 &&
           process->scheduler.runtime_ns == UINT64_MAX,
       "scheduler");
    is_int(process->io_priority.value, 2 << 13 | 3, "I/O priority");
    is_str(spec.oci.exec_affinity_final, "1", "affinity of exec");
}

static void test_network_and_rdt(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    ok(read_text(
           LINUX("\"resources\":{\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"lo\","
                 "\"priority\":5}]}},"
                 "\"netDevices\":{\"eth7\":{\"name\":\"eth%d\"},\"eth8\":{}},"
                 "\"intelRdt\":{\"closID\":\"/\",\"enableMonitoring\":true}"),
           &arena, &spec, &notes),
       "network and intelRdt");
    const struct spec_resources *resources = &spec.resources;
    ok(resources->net_class.value == 1048577 && resources->net_priorities[0].priority == 5,
       "network class and priorities");
    is_str(spec.oci.net_devices[0].name, "eth%d", "an interface with a template of a name");
    ok(spec.oci.net_devices[1].name == NULL, "  and one that keeps its own");
    ok(spec.oci.intel_rdt.set && spec.oci.intel_rdt.enable_monitoring, "intelRdt");
    is_str(spec.oci.intel_rdt.closid, "/", "  the default class");
}

static void test_linux(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    ok(read_text(
           LINUX("\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\",\"path\":\"/n\"}],"
                 "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}],"
                 "\"devices\":[{\"path\":\"/dev/f\",\"type\":\"p\",\"fileMode\":384},"
                 "{\"path\":\"/dev//g\",\"type\":\"u\",\"major\":10,\"minor\":229,\"gid\":3}],"
                 "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},\"rootfsPropagation\":\"runbindable\","
                 "\"maskedPaths\":[\"/proc/kcore/\"],\"personality\":{\"domain\":\"LINUX32\"},"
                 "\"cgroupsPath\":\"/a/b\",\"devices2\":null,\"mountLabel\":\"\","
                 "\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],"
                 "\"memory\":{\"limit\":1048576,\"swap\":-1,\"kernel\":5,\"swappiness\":null},"
                 "\"cpu\":{\"shares\":0,\"idle\":0,\"cpus\":\"0\"},\"pids\":{\"limit\":-1},"
                 "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":100}],"
                 "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":7}]},"
                 "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9}],"
                 "\"rdma\":{\"mlx\":{\"hcaHandles\":3}},\"unified\":{\"memory.high\":\"1M\"}}"),
           &arena, &spec, &notes),
       "a linux object");
    ok(spec.namespaces[NS_MNT].create && !spec.namespaces[NS_PID].create, "namespaces");
    is_str(spec.namespaces[NS_NET].path, "/n", "a namespace by its path");
    ok(!spec.namespaces[NS_NET].create, "  is no new one");
    is_int(spec.uid_mappings[0].host_id, 1000, "mappings");
    ok(spec.devices[0].type == 'p' && spec.devices[0].mode == 0600, "a FIFO");
    is_str(spec.devices[1].path, "/dev/g", "paths are tidy");
    ok(spec.devices[1].type == 'c' && spec.devices[1].minor == 229 && spec.devices[1].gid == 3 &&
           spec.devices[1].mode == 0666,
       "an unbuffered device is a character device");
    is_str(spec.sysctls[0].key, "net/ipv4/ip_forward", "sysctl");
    is_int((long long)spec.root.propagation, MS_UNBINDABLE, "propagation");
    is_str(spec.masked_paths[0], "/proc/kcore", "masked paths");
    is_int(spec.process.personality.value, 8, "personality");
    is_str(spec.cgroup.path, "/a/b", "cgroup");
    const struct spec_resources *resources = &spec.resources;
    ok(!resources->device_rules[0].allow && resources->device_rules[0].type == 'a' &&
           !resources->device_rules[0].major.set && resources->device_rules_first,
       "device rules");
    ok(resources->memory_max.value == 1048576 && resources->memory_swap.value == -1, "memory");
    ok(!resources->cpu_shares.set && resources->cpu_idle.set, "0 is no share, but it is not idle");
    ok(resources->pids_max.set && resources->pids_max.value == -1, "no limit on processes");
    ok(resources->io_device_count == 2 && resources->io_devices[0].weight.value == 100 &&
           resources->io_devices[1].minor == 16 && resources->io_devices[1].rbps.value == 7,
       "disks");
    ok(resources->hugepages[0].max.value == 9 && resources->rdma[0].handles.value == 3 &&
           !resources->rdma[0].objects.set,
       "huge pages and RDMA");
    is_str(resources->unified[0].value, "1M", "raw files");
    is_int((long long)notes.warning_count, 1, "a limit on kernel memory is a warning");
}

static void test_mounts(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    ok(read_text(TOP("\"mounts\":[{\"destination\":\"/b/./c\",\"type\":\"none\",\"source\":\"x\","
                     "\"options\":[\"rbind\",\"ro\"]},{\"destination\":\"/t\",\"type\":\"tmpfs\","
                     "\"options\":null}],\"annotations\":{\"launcher.init\":\"true\",\"k\":\"\"}"),
                 &arena, &spec, &notes),
       "mounts and annotations");
    is_str(spec.mounts[0].destination, "/b/c", "the destination is tidy");
    is_str(spec.mounts[0].type, "bind", "rbind makes a bind mount");
    ok(spec.init, "the annotation launcher.init");
    is_str(config_annotation(&spec, "k"), "", "annotations are kept");
}

int main(void)
{
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_refusal(&refusals[i]);
    test_nothing_is_added();
    test_process();
    test_linux();
    test_network_and_rdt();
    test_mounts();
    return done_testing();
}
