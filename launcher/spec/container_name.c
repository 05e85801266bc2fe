#include "container_name.h"

#include <sys/random.h>

int container_name(struct arena *arena, const char **ret_name, struct fail *fail)
{
    unsigned char random[6];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return fail_sys(fail, "making a name for the container");
    *ret_name = arena_printf(arena, "%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2],
                             random[3], random[4], random[5]);
    return 0;
}
