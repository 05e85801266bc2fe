/* The throw-away child in which a check tries something. */
#include <assert.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../run/spawn.h"
#include "check.h"

#define TRIAL_MAGIC 0x7472794cU /* "Ltry" */

/* From launcher to the child: its ids are mapped. */
struct trial_go {
    uint32_t magic;
};

/* From the child to launcher: how it went. */
struct trial_note {
    uint32_t magic;
    int32_t result;
    char found[CHECK_FOUND_MAX];
    struct fail fail;
};
static_assert(sizeof(struct trial_note) == 8 + CHECK_FOUND_MAX + sizeof(struct fail), "no padding");

int check_found(char found[CHECK_FOUND_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(found, CHECK_FOUND_MAX, format, arguments);
    va_end(arguments);
    return 0;
}

int check_reap(pid_t pid, int *ret_status, struct fail *fail)
{
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return fail_sys(fail, "waiting for a child");
    return 0;
}

int check_sleeper(const struct clone_args *arguments, pid_t *ret_pid, struct fail *fail)
{
    long pid = syscall(SYS_clone3, arguments, sizeof(*arguments));
    if (pid < 0)
        return fail_sys(fail, "clone3");
    if (pid == 0)
        while (true)
            (void)pause();
    *ret_pid = (pid_t)pid;
    return 0;
}

/* ---- in the child ---- */

/* ^C at the terminal must not leave a cgroup behind: a child takes milliseconds, and goes on. */
static int block_signals(struct fail *fail)
{
    sigset_t set;
    (void)sigfillset(&set);
    return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? fail_sys(fail, "blocking signals") : 0;
}

static int wait_for_go(int sync_fd, struct fail *fail)
{
    struct trial_go go;
    if (recv(sync_fd, &go, sizeof(go), 0) != sizeof(go) || go.magic != TRIAL_MAGIC)
        return fail_set(fail, "launcher ended");
    return 0;
}

/* Else what is mounted in here would appear on a host whose mounts are shared. */
static int make_mounts_private(struct fail *fail)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        return 0;
    if (fail_sys(fail, "making the mounts private") == -EINVAL)
        return fail_hint(fail, "launcher's root is no mount point, it was started in a chroot: "
                               "mount --bind DIR DIR before chroot DIR");
    return fail->code;
}

static int furnish_child(uint64_t namespaces, int sync_fd, struct fail *fail)
{
    TRY(block_signals(fail));
    TRY(wait_for_go(sync_fd, fail));
    if ((namespaces & CLONE_NEWUSER) &&
        (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0))
        return fail_sys(fail, "becoming root of the user namespace");
    return (namespaces & CLONE_NEWNS) ? make_mounts_private(fail) : 0;
}

__attribute__((noreturn)) static void run_child(const struct check_row *row,
                                                const struct check_host *host, uint64_t namespaces,
                                                int sync_fd)
{
    struct trial_note note = {.magic = TRIAL_MAGIC};
    note.result = furnish_child(namespaces, sync_fd, &note.fail);
    if (note.result >= 0)
        note.result = row->function(row, host, note.found, &note.fail);
    (void)send(sync_fd, &note, sizeof(note), MSG_NOSIGNAL); /* EOF tells the rest */
    _exit(0);
}

/* ---- in launcher ---- */

/* Where clone3 is forbidden, what needs none of it is tried all the same. */
static long make_child(uint64_t namespaces)
{
    struct clone_args arguments = {.flags = namespaces, .exit_signal = SIGCHLD};
    return namespaces == 0 ? fork() : syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* One id: that is what an ordinary user may map. */
static int let_go(const struct check_host *host, pid_t pid, uint64_t namespaces, int sync_fd,
                  struct fail *fail)
{
    struct child child = {.pid = pid};
    struct spec_id_mapping uid = {.host_id = host->self.uid, .size = 1};
    struct spec_id_mapping gid = {.host_id = host->self.gid, .size = 1};
    struct spec spec = {
        .deny_setgroups = !host->self.privileged,
        .uid_mappings = &uid,
        .uid_mapping_count = 1,
        .gid_mappings = &gid,
        .gid_mapping_count = 1,
    };
    struct trial_go go = {.magic = TRIAL_MAGIC};
    if ((namespaces & CLONE_NEWUSER) && spawn_map_ids(&child, &spec, fail) < 0)
        return fail_hint(fail,
                         "mapping ids takes CAP_SETUID and CAP_SETGID of root, and a security "
                         "module that lets an ordinary user map his own id");
    if (send(sync_fd, &go, sizeof(go), MSG_NOSIGNAL) < 0)
        return fail_sys(fail, "telling the child to go on");
    return 0;
}

/* A child that died without a word leaves the note empty. */
static int hear_out(int sync_fd, struct trial_note *ret_note, struct fail *fail)
{
    struct trial_note note;
    ssize_t size = -1;
    while ((size = recv(sync_fd, &note, sizeof(note), 0)) < 0 && errno == EINTR)
        continue;
    if (size < 0)
        return fail_sys(fail, "hearing from the child");
    if (size == sizeof(note))
        *ret_note = note;
    return 0;
}

/* A seccomp policy that kills is the likely reason for a child that says nothing. */
static int explain_silence(int wait_status, struct fail *fail)
{
    if (!WIFSIGNALED(wait_status))
        return fail_set(fail, "the child that tried it ended without a word");
    (void)fail_set(fail, "the child that tried it was killed by signal %d", WTERMSIG(wait_status));
    if (WTERMSIG(wait_status) == SIGSYS)
        return fail_hint(fail, "a seccomp policy around launcher forbids a system call of it");
    return fail_hint(fail, "launcher's bug, or the host is out of memory: its kernel log may tell");
}

static int conduct(const struct check_host *host, pid_t pid, uint64_t namespaces, int sync_fd,
                   struct trial_note *ret_note, struct fail *fail)
{
    int status = 0;
    struct fail second = {0};
    int result = let_go(host, pid, namespaces, sync_fd, fail);
    if (result >= 0)
        result = hear_out(sync_fd, ret_note, fail);
    if (result < 0)
        (void)kill(pid, SIGKILL); /* it is a zombie, or waits */
    if (check_reap(pid, &status, &second) < 0 || result < 0)
        return result < 0 ? result : second.code;
    return ret_note->magic == TRIAL_MAGIC ? 0 : explain_silence(status, fail);
}

int check_try(const struct check_row *row, const struct check_host *host,
              char found[CHECK_FOUND_MAX], struct fail *fail)
{
    int pair[2];
    bool own_user = row->as_container && !host->self.privileged;
    uint64_t namespaces = row->namespaces | (own_user ? CLONE_NEWUSER : 0);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_sys(fail, "creating a socket pair");
    AUTO_FD int ours = pair[0];
    AUTO_FD int theirs = pair[1];

    long pid = make_child(namespaces);
    if (pid < 0) {
        (void)fail_sys(fail, "clone3");
        return spawn_hint_for_clone(fail, namespaces);
    }
    if (pid == 0) {
        own_close(&ours); /* else the child would hold its own EOF back */
        run_child(row, host, namespaces, theirs);
    }
    own_close(&theirs);
    struct trial_note note = {.magic = 0};
    TRY(conduct(host, (pid_t)pid, namespaces, ours, &note, fail));
    memcpy(found, note.found, sizeof(note.found));
    *fail = note.fail;
    return note.result;
}
