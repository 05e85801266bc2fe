#include "namespaces.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../spec/spec.h"

enum { LINK_TEXT_MAX = 64 };

/* "pid:[4026531836]": what tells two namespaces of a type apart is the inode number. */
static const char *read_link(const char *process, const char *name, char text[LINK_TEXT_MAX])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, name);
    ssize_t length = readlink(path, text, LINK_TEXT_MAX - 1);
    if (length < 0)
        return "unknown";
    text[length] = '\0';
    return text;
}

static void trace_namespace(const struct trace *trace, const char *process, const char *name)
{
    char host_text[LINK_TEXT_MAX], container_text[LINK_TEXT_MAX];
    const char *host = read_link("self", name, host_text);
    const char *container = read_link(process, name, container_text);
    bool same = strcmp(host, container) == 0;
    TRACE(trace, "ns", "%s on the host, %s in the container%s", host, container,
          same ? " (shared)" : "");
}

void namespaces_trace(const struct trace *trace, pid_t pid)
{
    if (!trace->on)
        return;
    char process[24];
    (void)snprintf(process, sizeof(process), "%d", (int)pid);
    for (enum namespace_type type = 0; type < NS_COUNT; type++)
        trace_namespace(trace, process, namespace_name(type));
}
