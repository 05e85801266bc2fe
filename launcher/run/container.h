/* container.h - the life of one container, from the first host step to the last undo. */
#ifndef LAUNCHER_CONTAINER_H
#define LAUNCHER_CONTAINER_H

#include "../../shared/fail.h"
#include "../../shared/wire.h"
#include "../host/cgroup/cgroup.h"
#include "../host/net/attach.h"
#include "../host/net/pasta.h"
#include "../plan/plan.h"
#include "join.h"
#include "report.h"
#include "spawn.h"
#include "state.h"
#include "state_json.h"
#include "trace.h"
#include "tty.h"
#include "undo.h"

/* Where the conversation with cinit stands. */
enum phase {
    PHASE_SENDING,  /* the program is on its way */
    PHASE_APPLYING, /* cinit builds the inside */
    PHASE_CREATED,  /* the payload waits for launcher start */
    PHASE_RUNNING,  /* the payload was executed */
    PHASE_GONE,     /* the first process is reaped */
};

struct container {
    const struct spec *spec;
    const struct plan *plan;
    const struct trace *trace;
    struct arena *arena;

    enum phase phase;
    enum container_status status; /* the OCI's, as a seccomp agent is told */
    struct state state;
    struct state_record record;
    struct cgroup cgroup;
    struct attachment network;
    struct pasta pasta;
    int *trees; /* mounts that launcher made for cinit, in the order of their ops */
    size_t tree_count, trees_sent;
    struct join_set joins; /* namespaces of others, held until the child is in them */
    struct child child;
    bool spread; /* the child is kept off our CPU */
    struct tty tty;
    const char *console_socket; /* who is to get the terminal; NULL: our own does */
    const char *pid_file;       /* of run; NULL: none */
    int signal_fd;
    struct undo undo;

    int interrupted_by; /* the signal that ended the start, or 0 */
    bool failed;        /* cinit reported a failure: it is in the struct fail */
    bool ended;         /* cinit reported the end of the payload, with */
    int wait_status;    /* its wait(2) status */
    bool joined;        /* exec: the end of the payload may come before that of cinit, */
    bool left;          /* which stays to reap orphans: launcher need not wait for them */
    bool leftovers;     /* something could not be removed: its record must stay */
    struct report report;
    int report_fd;           /* -1: nobody asked for one */
    struct monitor *monitor; /* of a detached one, monitor.h; NULL: launcher was called to stay */
};

/* A container of which nothing is done yet. Everything it points to outlives it. */
struct container container_new(const struct spec *spec, const struct plan *plan,
                               const struct trace *trace, struct arena *arena);

/* Starts the container, looks after it until it ends and removes all of it from the host.
 * `ret_exit_status`: the payload's own, 128 + n when signal n ended it. */
MUST_CHECK int container_live(struct container *container, int *ret_exit_status, struct fail *fail);

/* ---- parts of it, for create.c ---- */

/* Applies the host steps in order; on the undo stack is then how to take them back. */
MUST_CHECK int container_apply(struct container *container, struct fail *fail);

/* The last step of create: until the payload waits for start. */
MUST_CHECK int container_await_created(struct container *container, struct fail *fail);

/* ---- conversation.c: what is said on the sync pipe ---- */

/* Sends the init program in packets. A child that is gone already is no error here: its notes tell
 * more. */
MUST_CHECK int conversation_send_program(struct container *container, struct fail *fail);

/* Lets cinit pass the barrier before which its network must be ready; where there is none it does
 * nothing. It need not have come there yet. */
MUST_CHECK int conversation_open_net_barrier(const struct container *container, struct fail *fail);

/* Sends the network namespace for which JOIN_NET waits. */
MUST_CHECK int conversation_send_netns(const struct container *container, int netns_fd,
                                       struct fail *fail);

/* Sends the listening socket at which cinit is to wait for launcher start. */
MUST_CHECK int conversation_send_start_socket(const struct container *container, int socket_fd,
                                              struct fail *fail);

/* Sends the mount trees for which BIND ops wait, those before JOIN_NET or the others: answers are taken
 * in the order of the ops. */
MUST_CHECK int conversation_send_trees(struct container *container, bool before_join_net,
                                       struct fail *fail);

/* Lets cinit go on with op `index`, which waits for that. */
MUST_CHECK int conversation_answer(const struct container *container, uint32_t index,
                                   struct fail *fail);

/* Receives and handles the notes that are there, without waiting. */
MUST_CHECK int conversation_receive(struct container *container, struct fail *fail);

/* ---- supervise.c: the loop ---- */

/* Descriptor on which the signals meant for the container arrive. From here on they don't end
 * launcher, which would leave a half-made container behind. */
MUST_CHECK int supervise_take_signals(int *ret_signal_fd, struct fail *fail);

/* True for the signals by which a person or an init asks a program to end. */
bool supervise_asks_to_end(int signal_number);

/* Waits for notes, signals, keys and the end of the container, until it is reaped. */
MUST_CHECK int supervise(struct container *container, struct fail *fail);

/* ---- op_failure.c ---- */

/* Raises why `command` can't be executed. Engines read it: it has the words of runc at its end. */
void op_failure_raise_exec(const char *command, const struct note *note, const char *object,
                           struct fail *fail);

/* Raises what a FAILED note says, in the words of steps.def, with a hint when the cure is known. */
void op_failure_raise(const struct container *container, const struct note_packet *packet,
                      size_t object_length, struct fail *fail);

#endif
