#include "seccomp.h"

#include "seccomp_default.h"
#include "seccomp_policy.h"

int seccomp_default_filter(uint64_t capabilities, struct arena *arena, const void **ret_filter,
                           size_t *ret_size, struct fail *fail)
{
    const uint64_t differing = capabilities ^ SECCOMP_DEFAULT_CAPABILITIES;
    if ((differing & seccomp_policy_capabilities()) == 0) {
        *ret_filter = seccomp_default;
        *ret_size = sizeof(seccomp_default);
        return 0;
    }
    const struct sock_filter *filter = NULL;
    size_t count = 0;
    TRY(seccomp_policy_compile(capabilities, arena, &filter, &count, fail));
    *ret_filter = filter;
    *ret_size = count * sizeof(*filter);
    return 0;
}
