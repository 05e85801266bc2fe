#include "resolve_joined.h"

#include "../host/namespace.h"

/* It is opened again, and then held, when it is time. */
int resolve_joined(enum namespace_type type, struct spec_namespace *namespace, struct fail *fail)
{
    AUTO_FD int fd = -1;
    if (namespace->path == NULL)
        return 0;
    TRY(namespace_open(type, namespace->path, &fd, fail));
    namespace->others = !namespace_is_own(type, fd);
    if (!namespace->others)
    namespace->path = NULL;
    return 0;
}
