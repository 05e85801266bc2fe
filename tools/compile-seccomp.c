/* compile-seccomp - writes the filter for the default capabilities as a C array, so that an
 * ordinary start compiles nothing: compile-seccomp OUTPUT */
#include <stdio.h>

#include "../launcher/host/seccomp_policy.h"

static void print_filter(FILE *out, const struct sock_filter *filter, size_t count)
{
    (void)fputs("/* made by tools/compile-seccomp.c from launcher/host/seccomp_policy.def */\n"
                "#include <linux/filter.h>\n\n"
                "static const struct sock_filter seccomp_default[] = {\n",
                out);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "    {0x%02x, %u, %u, 0x%08x},\n", (unsigned)filter[i].code,
                      (unsigned)filter[i].jt, (unsigned)filter[i].jf, (unsigned)filter[i].k);
    (void)fputs("};\n", out); /* an error stays with the stream: write_filter asks for it */
}

static int write_filter(const char *path, struct fail *fail)
{
    AUTO_ARENA struct arena arena = {0};
    const struct sock_filter *filter = NULL;
    size_t count = 0;
    TRY(seccomp_policy_compile(SECCOMP_DEFAULT_CAPABILITIES, &arena, &filter, &count, fail));
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return fail_sys(fail, "open %s", path);
    print_filter(out, filter, count);
    int broken = ferror(out);
    if (fclose(out) != 0 || broken != 0) {
        int result = fail_sys(fail, "write %s", path);
        (void)remove(path); /* a half-written array must not look up to date to make */
        return result;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct fail fail = {0};
    if (argc != 2) {
        (void)fputs("usage: compile-seccomp OUTPUT\n", stderr);
        return 2;
    }
    if (write_filter(argv[1], &fail) < 0) {
        (void)fprintf(stderr, "compile-seccomp: %s\n", fail.text);
        return 1;
    }
    return 0;
}
