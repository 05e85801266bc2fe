/* PURE: no system call is made in this file. Why no library: docs/decisions/005-capability-names.md */
#include <linux/capability.h>
#include <stdio.h>
#include <strings.h>

#include "spec_names.h"

#define ROW(NAME) [CAP_##NAME] = "CAP_" #NAME

static const char *const NAMES[CAP_LAST_CAP + 1] = {
    ROW(CHOWN),
    ROW(DAC_OVERRIDE),
    ROW(DAC_READ_SEARCH),
    ROW(FOWNER),
    ROW(FSETID),
    ROW(KILL),
    ROW(SETGID),
    ROW(SETUID),
    ROW(SETPCAP),
    ROW(LINUX_IMMUTABLE),
    ROW(NET_BIND_SERVICE),
    ROW(NET_BROADCAST),
    ROW(NET_ADMIN),
    ROW(NET_RAW),
    ROW(IPC_LOCK),
    ROW(IPC_OWNER),
    ROW(SYS_MODULE),
    ROW(SYS_RAWIO),
    ROW(SYS_CHROOT),
    ROW(SYS_PTRACE),
    ROW(SYS_PACCT),
    ROW(SYS_ADMIN),
    ROW(SYS_BOOT),
    ROW(SYS_NICE),
    ROW(SYS_RESOURCE),
    ROW(SYS_TIME),
    ROW(SYS_TTY_CONFIG),
    ROW(MKNOD),
    ROW(LEASE),
    ROW(AUDIT_WRITE),
    ROW(AUDIT_CONTROL),
    ROW(SETFCAP),
    ROW(MAC_OVERRIDE),
    ROW(MAC_ADMIN),
    ROW(SYSLOG),
    ROW(WAKE_ALARM),
    ROW(BLOCK_SUSPEND),
    ROW(AUDIT_READ),
    ROW(PERFMON),
    ROW(BPF),
    ROW(CHECKPOINT_RESTORE),
};

int capability_find(const char *name)
{
    static const size_t prefix_length = sizeof("CAP_") - 1;
    const char *bare = strncasecmp(name, "CAP_", prefix_length) == 0 ? name + prefix_length : name;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (strcasecmp(NAMES[capability] + prefix_length, bare) == 0)
            return capability;
    return -1;
}

/* A kernel that is newer than our headers may know more of them. */
const char *capability_label(unsigned capability, char *buffer, size_t size)
{
    if (capability <= CAP_LAST_CAP)
        (void)snprintf(buffer, size, "%s", NAMES[capability]);
    else
        (void)snprintf(buffer, size, "CAP_%u", capability);
    return buffer;
}
