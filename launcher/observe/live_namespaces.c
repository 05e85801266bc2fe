#include "live_namespaces.h"

#include <string.h>

#include "live.h"

static const char *path_of(enum namespace_type type, const char *pid, struct arena *arena)
{
    return arena_printf(arena, "/proc/%s/ns/%s", pid, namespace_name(type));
}

static int find_container(enum namespace_type type, struct spec_namespace *namespace,
                          struct arena *arena, struct fail *fail)
{
    AUTO_LIVE struct live live = LIVE_NONE;
    if (live_open(namespace->path, arena, &live, fail) < 0)
        return fail_context(fail, "--ns %s:%.60s", namespace_name(type), namespace->path);
    namespace->pid = live.record.init_pid;
    namespace->starttime = live.record.init_starttime;
    namespace->path = path_of(type, arena_printf(arena, "%d", (int)namespace->pid), arena);
    return 0;
}

int live_namespaces(struct spec *spec, struct arena *arena, struct fail *fail)
{
    for (enum namespace_type type = 0; type < NS_COUNT; type++) {
        struct spec_namespace *namespace = &spec->namespaces[type];
        const char *whose = namespace->path;
        if (whose == NULL || strchr(whose, '/') != NULL)
            continue;
        if (whose[strspn(whose, "0123456789")] == '\0')
        namespace->path = path_of(type, whose, arena);
        else TRY(find_container(type, namespace, arena, fail));
    }
    return 0;
}
