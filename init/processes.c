/* Who gets a signal. One process or process group is one kill(2); for a session, or for descendants,
 * there is no such call: /proc is walked, and each process is asked where it belongs. */
#include <dirent.h>
#include <string.h>

#include "inside.h"
#include "life.h"

enum { STAT_SIZE = 512, DIRECTORY_SIZE = 1024, NAME_SIZE = 32 };

struct process {
    int pid, parent, group, session;
};

struct delivery {
    const struct life *life;
    enum forward_to scope;
    int signal_number;
    const siginfo_t *value; /* NULL: none */
    int proc_fd;
};

/* ---- one process ---- */

/* A number, and in `text` the place behind it and the space that follows. */
static int take_number(const char **text)
{
    int number = 0;
    while (**text >= '0' && **text <= '9')
        number = number * 10 + (*(*text)++ - '0');
    if (**text != '\0')
        (*text)++;
    return number;
}

/* proc_pid_stat(5): "pid (name) state parent group session ...". The name may hold anything, so it
 * ends at the last parenthesis. */
static bool read_process(int proc_fd, int pid, struct process *ret_process)
{
    char name[NAME_SIZE + sizeof("/stat")], text[STAT_SIZE];
    struct text_number room;
    (void)stpcpy(stpcpy(name, text_decimal(&room, pid)), "/stat");
    AUTO_FD int fd = sys_4(SYS_openat, proc_fd, name, O_RDONLY | O_CLOEXEC, 0);
    long size = fd < 0 ? fd : sys_read(fd, text, sizeof(text) - 1);
    if (size <= 0)
        return false;
    text[size] = '\0';
    const char *at = strrchr(text, ')');
    if (at == NULL || strlen(at) < sizeof(") S 1 1 1"))
        return false;
    at += sizeof(") S ") - 1;
    ret_process->pid = pid;
    ret_process->parent = take_number(&at);
    ret_process->group = take_number(&at);
    ret_process->session = take_number(&at);
    return true;
}

/* Up the line of parents until it ends at us. Where one has gone meanwhile, its children have another
 * parent now: it is walked again from the start. PID 1 is everybody's ancestor, also of those that
 * were entered from outside, whose parent is 0. */
static bool is_descendant(const struct delivery *to, struct process process)
{
    int pid = process.pid;
    int own_pid = to->life->own_pid;
    while (own_pid != 1 && process.parent != own_pid) {
        if (process.parent <= 1)
            return false;
        if (!read_process(to->proc_fd, process.parent, &process) &&
            !read_process(to->proc_fd, pid, &process))
            return false;
    }
    return true;
}

static bool is_meant(const struct delivery *to, const struct process *process)
{
    int payload = to->life->payload;
    if (process->pid == to->life->own_pid)
        return false;
    if (to->scope == FORWARD_TREE)
        return is_descendant(to, *process);
    /* The number of a group from outside our namespace is 0 here. */
    int group = to->life->shares_group ? 0 : payload;
    return to->scope == FORWARD_SESSION ? process->session == payload : process->group == group;
}

/* The kernel lets nobody pass on what kill(2) or it has sent: only a value can be kept. */
static void send_one(int pid, int signal_number, const siginfo_t *value)
{
    if (value == NULL || sys_queue_signal(pid, signal_number, value) < 0)
        (void)sys_kill(pid, signal_number);
}

/* ---- all of them ---- */

/* By send_at_once. */
static bool has_got_it(const struct delivery *to, const struct process *process)
{
    int payload = to->life->payload;
    return to->value == NULL && payload != 0 &&
           (process->group == payload || process->pid == payload);
}

static void visit(const struct delivery *to, int pid)
{
    struct process process;
    if (pid > 0 && read_process(to->proc_fd, pid, &process) && is_meant(to, &process) &&
        !has_got_it(to, &process))
        send_one(pid, to->signal_number, to->value);
}

/* A PID namespace may have been made without its own /proc: the numbers there are then of others. */
static int open_own_proc(int own_pid)
{
    char self[TEXT_NUMBER_MAX] = "";
    AUTO_FD int fd = sys_open("/proc", O_RDONLY | O_DIRECTORY);
    TRY(fd);
    const char *digits = self;
    (void)sys_4(SYS_readlinkat, fd, "self", self, sizeof(self) - 1);
    return take_number(&digits) == own_pid ? take_fd(&fd) : -ESRCH;
}

static void walk(const struct delivery *to)
{
    _Alignas(struct dirent) char entries[DIRECTORY_SIZE];
    int size;
    while ((size = sys_3(SYS_getdents64, to->proc_fd, entries, sizeof(entries))) > 0) {
        for (int at = 0; at < size;) {
            const struct dirent *entry = (const void *)(entries + at);
            const char *name = entry->d_name;
            visit(to, take_number(&name));
            at += entry->d_reclen;
        }
    }
}

/* PID 1 reaches its whole namespace, and a process its own group, with one call that no process that
 * is just being made escapes. */
static bool send_at_once(const struct delivery *to)
{
    if (to->value != NULL)
        return false;
    if (to->scope == FORWARD_TREE && to->life->own_pid == 1) {
        (void)sys_kill(-1, to->signal_number);
        return true;
    }
    int payload = to->life->payload;
    /* A group that is shared is not only the payload's. */
    if (payload != 0)
        (void)sys_kill(to->life->shares_group ? payload : -payload, to->signal_number);
    return to->scope == FORWARD_PGRP && !to->life->shares_group;
}

NO_ARRAYS void processes_signal(const struct life *life, enum forward_to scope, int signal_number,
                                const siginfo_t *info)
{
    /* What a process has made itself, by sigqueue(3) or pidfd_send_signal(2); sigaction(2) */
    const siginfo_t *value = info != NULL && info->si_code < 0 ? info : NULL;
    if (scope == FORWARD_MAIN) {
        send_one(life->payload, signal_number, value);
        return;
    }
    struct delivery to = {.life = life,
                          .scope = scope,
                          .signal_number = signal_number,
                          .value = value,
                          .proc_fd = -1};
    if (send_at_once(&to))
        return;
    to.proc_fd = open_own_proc(life->own_pid);
    if (to.proc_fd < 0 && value != NULL) {
        to.value = NULL; /* better without its value than not at all */
        (void)send_at_once(&to);
    }
    walk(&to);
    own_close(&to.proc_fd);
}
