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
    return to->scope == FORWARD_SESSION ? process->session == payload : process->group == payload;
}

/* The kernel lets nobody but the sender pass on what kill(2) sent: only a value can be kept. */
static void send_one(int pid, int signal_number, const siginfo_t *value)
{
    if (value == NULL || sys_queue_signal(pid, signal_number, value) < 0)
        (void)sys_kill(pid, signal_number);
}

/* ---- all of them ---- */

static void visit(const struct delivery *to, int pid)
{
    struct process process;
    /* Without a value the payload's group has the signal already. */
    if (pid > 0 && read_process(to->proc_fd, pid, &process) && is_meant(to, &process) &&
        (to->value != NULL || to->life->payload == 0 || process.group != to->life->payload))
        send_one(pid, to->signal_number, to->value);
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
    if (to->life->payload != 0)
        (void)sys_kill(-to->life->payload, to->signal_number);
    return to->scope == FORWARD_PGRP;
}

NO_ARRAYS void processes_signal(const struct life *life, enum forward_to scope, int signal_number,
                                const siginfo_t *info)
{
    const siginfo_t *value = info != NULL && info->si_code == SI_QUEUE ? info : NULL;
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
    to.proc_fd = sys_open("/proc", O_RDONLY | O_DIRECTORY);
    if (to.proc_fd < 0 && value != NULL) {
        to.value = NULL; /* better without its value than not at all */
        (void)send_at_once(&to);
    }
    walk(&to);
    own_close(&to.proc_fd);
}
