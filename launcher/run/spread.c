#include "spread.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/own.h"
#include "../spec/parse.h"

enum { ONLINE_TEXT_MAX = 256 };

/* What the kernel says of all CPUs, "0-7" or "0-3,6". */
static bool read_online(cpu_set_t *ret_online)
{
    char text[ONLINE_TEXT_MAX];
    AUTO_FD int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length <= 1)
        return false;
    text[length - 1] = '\0'; /* in place of the newline */
    struct fail ignored;
    size_t used;
    unsigned char *mask = (unsigned char *)ret_online;
    CPU_ZERO(ret_online);
    return parse_cpu_list(text, mask, sizeof(*ret_online), &used, &ignored) >= 0;
}

/* The fourth number of proc_loadavg(5), "0.20 1.37 1.87 2/150 1234": who runs or wants to, launcher
 * and its child among them. With more of them than CPUs, to send the child away only makes it wait
 * for somebody else. */
static bool has_idle_cpu(int cpu_count)
{
    char text[ONLINE_TEXT_MAX];
    AUTO_FD int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    const char *field = text;
    for (int i = 0; i < 3 && field != NULL; i++) {
        field = strchr(field, ' ');
        field = field != NULL ? field + 1 : NULL;
    }
    return field != NULL && strtol(field, NULL, 10) <= cpu_count;
}

bool spread_begin(pid_t child)
{
    cpu_set_t own, online;
    int cpu = sched_getcpu();
    if (cpu < 0 || sched_getaffinity(0, sizeof(own), &own) < 0 || !read_online(&online))
        return false;
    if (!CPU_EQUAL(&own, &online) || CPU_COUNT(&own) < 2 || !has_idle_cpu(CPU_COUNT(&own)))
        return false;
    CPU_CLR((size_t)cpu, &own);
    return sched_setaffinity(child, sizeof(own), &own) == 0;
}

void spread_end(pid_t child)
{
    cpu_set_t everywhere;
    memset(&everywhere, 0xff, sizeof(everywhere));
    /* The kernel takes those that exist. A child that is gone needs none. */
    (void)sched_setaffinity(child, sizeof(everywhere), &everywhere);
}
