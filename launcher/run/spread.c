#include "spread.h"

#include <fcntl.h>
#include <sched.h>
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

bool spread_begin(pid_t child)
{
    cpu_set_t own, online;
    int cpu = sched_getcpu();
    if (cpu < 0 || sched_getaffinity(0, sizeof(own), &own) < 0 || !read_online(&online))
        return false;
    if (!CPU_EQUAL(&own, &online) || CPU_COUNT(&own) < 2)
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
