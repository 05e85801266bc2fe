/* What the payload may do: user, groups, capabilities, seccomp. */
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "apply.h"
#include "sys.h"

enum { CAPABILITY_BITS = 64 };

static bool has_capability(uint64_t set, unsigned capability)
{
    return (set >> capability & 1) != 0;
}

int apply_BOUNDING(struct inside *inside, const struct op_caps *op)
{
    (void)inside;
    for (unsigned i = 0; i < CAPABILITY_BITS; i++) {
        if (has_capability(op->permitted, i))
            continue;
        int result = sys_prctl(PR_CAPBSET_DROP, i, 0);
        if (result == -EINVAL)
            break; /* past the last capability that this kernel knows */
        TRY(result);
    }
    return 0;
}

int apply_NO_NEW_PRIVS(struct inside *inside, const struct op_plain *op)
{
    (void)inside;
    (void)op;
    return sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0);
}

int apply_KEEP_CAPS(struct inside *inside, const struct op_plain *op)
{
    (void)inside;
    (void)op;
    return sys_prctl(PR_SET_KEEPCAPS, 1, 0);
}

/* Groups first, user last: after setresuid the process may not change its groups any more. Groups
 * are always set, even to none, for those of the caller must not stay (CVE-2022-2989). The plain
 * system calls, because the C library's would do it in all threads, and libc's idea of threads is
 * not meant for a process that shares its memory with PID 1. */
int apply_USER(struct inside *inside, const struct op_user *op)
{
    const void *groups = program_blob(inside->program, op->groups);
    long group_count = (long)(op->groups.size / sizeof(gid_t));
    if (!(op->head.flags & USER_KEEP_GROUPS))
        TRY(sys_2(SYS_setgroups, group_count, groups));
    TRY(sys_3(SYS_setresgid, op->gid, op->gid, op->gid));
    TRY(sys_3(SYS_setresuid, op->uid, op->uid, op->uid));
    return process_credentials_changed(inside);
}

/* Ambient capabilities must be permitted and inheritable, capabilities(7): they come last. */
static int set_ambient(uint64_t ambient)
{
    TRY(sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0));
    for (unsigned i = 0; i < CAPABILITY_BITS; i++)
        if (has_capability(ambient, i))
            TRY(sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i));
    return 0;
}

NO_ARRAYS int privilege_set_capabilities(const struct op_caps *caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].effective = (uint32_t)(caps->effective >> (32 * i));
        data[i].permitted = (uint32_t)(caps->permitted >> (32 * i));
        data[i].inheritable = (uint32_t)(caps->inheritable >> (32 * i));
    }
    TRY(sys_2(SYS_capset, &header, data));
    return set_ambient(caps->ambient);
}

NO_ARRAYS int privilege_keep_kill(void)
{
    struct op_caps kill_only = {.effective = 1u << CAP_KILL, .permitted = 1u << CAP_KILL};
    struct op_caps none = {.effective = 0};
    TRY(sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0));
    int result = privilege_set_capabilities(&kill_only);
    return result == -EPERM ? privilege_set_capabilities(&none)
                            : result; /* it was not ours to keep */
}

int apply_CAPS(struct inside *inside, const struct op_caps *op)
{
    TRY(privilege_set_capabilities(op));
    return process_credentials_changed(inside);
}

int apply_SECCOMP(struct inside *inside, const struct op_seccomp *op)
{
    size_t count = op->filter.size / sizeof(struct sock_filter);
    if (count > BPF_MAXINSNS)
        return -EINVAL;
    struct sock_fprog filter = {
        .len = (unsigned short)count,
        .filter = (struct sock_filter *)(void *)(inside->program + op->filter.at),
    };
    int listener_fd = sys_3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op->head.flags, &filter);
    if (listener_fd <= 0)
        return listener_fd; /* 0: none was asked for */
    /* It is not closed, but by execve(2): the filter may have something else to say to a close(2). */
    TRY(note_pass(inside, NOTE_LISTENER, listener_fd));
    return answer_await(inside);
}
