#include "listener.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "pass_fd.h"
#include "state_json.h"

enum { PATIENCE_S = 10 };

bool listener_wanted(const struct spec *spec)
{
    return spec->oci.seccomp != NULL &&
           (spec->oci.seccomp->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
}

static const char *describe(const struct container *container)
{
    const struct spec_oci *oci = &container->spec->oci;
    const struct state_view view = {
        .id = container->spec->id,
        .status = container->status,
        .pid = container->record.init_pid,
        .bundle = oci->bundle,
        .annotations = oci->annotations,
        .annotation_count = oci->annotation_count,
    };
    return state_json_of_process(&view, container->child.pid, oci->seccomp->listener_metadata,
                                 container->arena);
}

/* launcher takes no signals meanwhile: an agent that has stopped must not stop it too. */
static int connect_to_agent(const char *path, int *ret_fd, struct fail *fail)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
        return fail_sys(fail, "creating a socket for the seccomp agent");
    int result = connect_by_path(fd, path);
    if (result == 0) {
        *ret_fd = take_fd(&fd);
        return 0;
    }
    (void)fail_code(fail, result == -EAGAIN ? -ETIMEDOUT : result,
                    "connecting to linux.seccomp.listenerPath %.200s", path);
    return fail_hint(fail, "the agent that answers SCMP_ACT_NOTIFY has to listen there before the "
                           "process starts");
}

int listener_send(const struct container *container, int listener_fd, struct fail *fail)
{
    const char *path = container->spec->oci.seccomp->listener_path;
    const char *state = describe(container);
    AUTO_FD int fd = -1;
    if (listener_fd < 0)
        return fail_code(fail, -EPROTO, "reading a note from cinit: the listener is missing");
    TRY(connect_to_agent(path, &fd, fail));
    int result = pass_fd(fd, listener_fd, state, strlen(state));
    if (result == 0)
        return 0;
    return fail_code(fail, result == -EAGAIN ? -ETIMEDOUT : result,
                     "sending the seccomp listener to linux.seccomp.listenerPath %.200s", path);
}
