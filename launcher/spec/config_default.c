/* PURE: no system call is made in this file. */
#include "config_default.h"

/* A shell in the directory rootfs, as `runc spec` has it: what root lacks in there is a cgroup of its
 * own to write to, and what an ordinary user lacks are a network and a second id. */
static const char TEMPLATE[] =
    "{\n"
    "    \"ociVersion\": \"1.3.0\",\n"
    "    \"process\": {\n"
    "        \"terminal\": true,\n"
    "        \"user\": {\"uid\": 0, \"gid\": 0},\n"
    "        \"args\": [\"sh\"],\n"
    "        \"env\": [\n"
    "            \"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
    "            \"TERM=xterm\"\n"
    "        ],\n"
    "        \"cwd\": \"/\",\n"
    "        \"capabilities\": {\n"
    "            \"bounding\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
    "            \"effective\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
    "            \"permitted\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]\n"
    "        },\n"
    "        \"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"hard\": 1024, \"soft\": 1024}],\n"
    "        \"noNewPrivileges\": true\n"
    "    },\n"
    "    \"root\": {\"path\": \"rootfs\", \"readonly\": true},\n"
    "    \"hostname\": \"launcher\",\n"
    "    \"mounts\": [\n"
    "        {\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\"},\n"
    "        {\"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\",\n"
    "         \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"]},\n"
    "        {\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n"
    "         \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", "
    "\"mode=0620\"%s]},\n"
    "        {\"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\",\n"
    "         \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"mode=1777\", \"size=65536k\"]},\n"
    "        {\"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\",\n"
    "         \"options\": [\"nosuid\", \"noexec\", \"nodev\"]},\n"
    "%s"
    "    ],\n"
    "    \"linux\": {\n"
    "%s"
    "        \"namespaces\": [\n"
    "            {\"type\": \"pid\"},\n"
    "            {\"type\": \"%s\"},\n"
    "            {\"type\": \"ipc\"},\n"
    "            {\"type\": \"uts\"},\n"
    "            {\"type\": \"mount\"},\n"
    "            {\"type\": \"cgroup\"}\n"
    "        ],\n"
    "        \"maskedPaths\": [\n"
    "            \"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", "
    "\"/proc/keys\",\n"
    "            \"/proc/latency_stats\", \"/proc/timer_list\", \"/proc/timer_stats\", "
    "\"/proc/sched_debug\",\n"
    "            \"/proc/scsi\", \"/sys/firmware\", \"/sys/devices/virtual/powercap\"\n"
    "        ],\n"
    "        \"readonlyPaths\": [\n"
    "            \"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", "
    "\"/proc/sysrq-trigger\"\n"
    "        ]\n"
    "    }\n"
    "}\n";

/* sysfs shows a network namespace, and only who owns that one can mount it. */
static const char HOST_SYS[] =
    "        {\"destination\": \"/sys\", \"type\": \"none\", \"source\": \"/sys\",\n"
    "         \"options\": [\"rbind\", \"nosuid\", \"noexec\", \"nodev\", \"rro\"]}\n";

static const char OWN_SYS[] =
    "        {\"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\",\n"
    "         \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"]},\n"
    "        {\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\",\n"
    "         \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"relatime\", \"ro\"]}\n";

static const char RULES[] =
    "        \"resources\": {\"devices\": [{\"allow\": false, \"access\": \"rwm\"}]},\n";

const char *config_default(const struct config_owner *owner, struct arena *arena)
{
    if (!owner->rootless)
        return arena_printf(arena, TEMPLATE, ", \"gid=5\"", OWN_SYS, RULES, "network");
    const char *mappings = arena_printf(
        arena,
        "        \"uidMappings\": [{\"containerID\": 0, \"hostID\": %u, \"size\": 1}],\n"
        "        \"gidMappings\": [{\"containerID\": 0, \"hostID\": %u, \"size\": 1}],\n",
        owner->uid, owner->gid);
    return arena_printf(arena, TEMPLATE, "", HOST_SYS, mappings, "user");
}
