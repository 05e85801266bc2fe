/* PURE: no system call is made in this file. */
#include "seccomp_file.h"

#include <linux/audit.h>
#include <linux/elf-em.h>
#include <stdlib.h>
#include <string.h>

#include "config_tables.h"

#if defined(__x86_64__)
static const char MACHINE[] = "amd64";
enum { NATIVE = AUDIT_ARCH_X86_64 & 0x7fffffff };
#elif defined(__aarch64__)
static const char MACHINE[] = "arm64";
enum { NATIVE = AUDIT_ARCH_AARCH64 & 0x7fffffff };
#else
#error "seccomp_file.c does not know what Go calls this machine"
#endif

/* ---- conditions, as profiles/seccomp of moby has them ---- */

/* True when the kernel is at least of that version; only the first two numbers count. */
static bool kernel_is_at_least(const char *kernel, const char *version)
{
    char *kernel_rest, *version_rest;
    unsigned long have = strtoul(kernel, &kernel_rest, 10);
    unsigned long need = strtoul(version, &version_rest, 10);
    if (have != need)
        return have > need;
    have = *kernel_rest == '.' ? strtoul(kernel_rest + 1, NULL, 10) : 0;
    need = *version_rest == '.' ? strtoul(version_rest + 1, NULL, 10) : 0;
    return have >= need;
}

static bool names_machine(const struct seccomp_conditions *conditions)
{
    for (size_t i = 0; i < conditions->machine_count; i++)
        if (strcmp(conditions->machines[i], MACHINE) == 0)
            return true;
    return false;
}

static bool is_included(const struct seccomp_conditions *includes,
                        const struct seccomp_circumstances *circumstances)
{
    if (includes->machine_count > 0 && !names_machine(includes))
        return false;
    if ((includes->capabilities & ~circumstances->capabilities) != 0)
        return false;
    return includes->least_kernel == NULL ||
           kernel_is_at_least(circumstances->kernel, includes->least_kernel);
}

static bool is_excluded(const struct seccomp_conditions *excludes,
                        const struct seccomp_circumstances *circumstances)
{
    if (names_machine(excludes) || (excludes->capabilities & circumstances->capabilities) != 0)
        return true;
    return excludes->least_kernel != NULL &&
           kernel_is_at_least(circumstances->kernel, excludes->least_kernel);
}

static void choose_rules(const struct seccomp_file *file,
                         const struct seccomp_circumstances *circumstances, struct arena *arena,
                         struct spec_seccomp *profile)
{
    for (size_t i = 0; i < file->rule_count; i++) {
        const struct seccomp_file_rule *rule = &file->rules[i];
        if (is_included(&rule->includes, circumstances) &&
            !is_excluded(&rule->excludes, circumstances))
            *ARENA_APPEND(arena, profile->rules, profile->rule_count) = rule->rule;
    }
}

/* ---- architectures ---- */

static int choose_architectures(const struct seccomp_file *file, struct arena *arena,
                                struct spec_seccomp *profile, struct fail *fail)
{
    if (file->map_count > 0 && profile->architecture_count > 0)
        return fail_set(fail, "\"archMap\" and \"architectures\": only one of them can count");
    for (size_t i = 0; i < file->map_count; i++) {
        const struct seccomp_file_map *map = &file->maps[i];
        if ((map->native & 0x7fffffff) != NATIVE)
            continue;
        *ARENA_APPEND(arena, profile->architectures, profile->architecture_count) = map->native;
        for (size_t j = 0; j < map->other_count; j++)
            *ARENA_APPEND(arena, profile->architectures, profile->architecture_count) =
                map->others[j];
    }
    return 0;
}

int seccomp_file_read(const char *file, const char *text, size_t size,
                      const struct seccomp_circumstances *circumstances, struct arena *arena,
                      struct spec_seccomp *ret_profile, struct fail *fail)
{
    struct seccomp_file read = {.rules = NULL};
    struct config config = {
        .file = file,
        .reader = {.text = text, .size = size, .arena = arena},
        .arena = arena,
    };
    if (config_read_whole(&config, &seccomp_file_config, &read, fail) < 0)
        return config_place(&config, fail);
    *ret_profile = read.profile;
    choose_rules(&read, circumstances, arena, ret_profile);
    if (choose_architectures(&read, arena, ret_profile, fail) < 0 ||
        config_finish_seccomp(ret_profile, fail) < 0)
        return fail_context(fail, "%s", file);
    return 0;
}
