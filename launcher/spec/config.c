/* PURE: no system call is made in this file. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "config_tables.h"
#include "parse.h"

/* ---- annotations ---- */

static int take_annotation(struct config *config, void *target, const struct config_value *value,
                           struct fail *fail)
{
    struct spec *spec = target;
    (void)config;
    if (strcmp(value->key, "launcher.init") != 0)
        return 0;
    return parse_switch(value->text, &spec->init, fail);
}

const char *config_annotation(const struct spec *spec, const char *key)
{
    for (size_t i = 0; i < spec->oci.annotation_count; i++)
        if (strcmp(spec->oci.annotations[i].key, key) == 0)
            return spec->oci.annotations[i].value;
    return NULL;
}

/* ---- version ---- */

static size_t skip_number(const char *text)
{
    size_t size = strspn(text, "0123456789");
    return size > 1 && text[0] == '0' ? 0 : size;
}

/* MAJOR.MINOR.PATCH, and behind a '-' or '+' whatever SemVer 2.0.0 allows there. */
static bool is_semver(const char *text)
{
    for (int i = 0; i < 3; i++) {
        size_t size = skip_number(text);
        if (size == 0 || (i < 2 && text[size] != '.'))
            return false;
        text += size + (i < 2 ? 1 : 0);
    }
    return *text == '\0' || ((*text == '-' || *text == '+') && !has_control_characters(text));
}

static int check_version(struct config *config, void *target, const struct config_value *value,
                         struct fail *fail)
{
    (void)config, (void)target;
    if (!is_semver(value->text))
        return fail_set(fail, "\"%.40s\" is not a version as 1.3.0 is", value->text);
    if (strncmp(value->text, "1.", 2) != 0)
        return fail_set(fail, "launcher knows version 1 of the runtime-spec, not %.40s",
                        value->text);
    return 0;
}

unsigned config_minor_version(const struct spec *spec)
{
    return (unsigned)strtoul(spec->oci.version + strlen("1."), NULL, 10);
}

/* "Any value which cannot be mapped to a relevant kernel interface MUST cause an error", it said until
 * version 1.1. The version may stand behind the capabilities. */
static int check_unmapped(const struct config *config, struct fail *fail)
{
    if (config->unmapped == NULL || config_minor_version(config->spec) >= 1)
        return 0;
    return fail_set(fail, "%s", config->unmapped);
}

/* ---- all of it ---- */

static const struct config_field config_fields[] = {
    {ROW_STRING("ociVersion", struct spec, oci.version), .flags = FIELD_REQUIRED | FIELD_FILLED,
     .handle = check_version},
    {ROW_OBJECT("root", struct spec, root, struct spec_root, &root_config),
     .flags = FIELD_REQUIRED},
    {ROW_OBJECT("process", struct spec, process, struct spec_process, &process_config)},
    {ROW_STRING("hostname", struct spec, hostname), .handle = config_check_text},
    {ROW_STRING("domainname", struct spec, domainname), .handle = config_check_text},
    {ROW_OBJECTS("mounts", struct spec, mounts, mount_count, struct spec_mount, &mount_config)},
    {ROW_OBJECT("hooks", struct spec, oci, struct spec_oci, &hooks_config)},
    {ROW_PAIRS("annotations", struct spec, oci.annotations, oci.annotation_count),
     .handle = take_annotation},
    {ROW_SAME("linux", &linux_config)},
};
static const struct config_table whole_config = {CONFIG_TABLE(config_fields, struct spec)};

int config_read_whole(struct config *config, const struct config_table *table, void *target,
                      struct fail *fail)
{
    enum json_kind kind = json_peek(&config->reader);
    config->value_at = config->reader.at;
    if (kind == KIND_NONE && config->reader.at == config->reader.size)
        return fail_set(fail, "the file is empty");
    if (kind == KIND_NONE)
        return json_skip(&config->reader, fail);
    if (kind != KIND_OBJECT)
        return fail_set(fail, "expected an object, found %s", json_kind_text(kind));
    TRY(config_read_object(config, table, target, fail));
    return json_end(&config->reader, fail);
}

static struct config_notes notes_of(const struct config *config)
{
    return (struct config_notes){.warnings = config->warnings,
                                 .warning_count = config->warning_count};
}

int config_read(const char *file, const char *text, size_t size, struct arena *arena,
                struct spec *ret_spec, struct config_notes *ret_notes, struct fail *fail)
{
    struct config config = {
        .file = file,
        .reader = {.text = text, .size = size, .arena = arena},
        .arena = arena,
        .spec = ret_spec,
    };
    *ret_spec = (struct spec){
        .root = {.mode = ROOT_PIVOT, .propagation = MS_PRIVATE},
        .process = {.cwd = "/"},
        .seccomp = SECCOMP_UNCONFINED,
    };
    if (config_read_whole(&config, &whole_config, ret_spec, fail) < 0)
        return config_place(&config, fail);
    TRY(check_unmapped(&config, fail));
    *ret_notes = notes_of(&config);
    return 0;
}

int config_read_process(const char *file, const char *text, size_t size, struct arena *arena,
                        struct spec *spec, struct config_notes *ret_notes, struct fail *fail)
{
    struct config config = {
        .file = file,
        .reader = {.text = text, .size = size, .arena = arena},
        .arena = arena,
        .spec = spec,
    };
    spec->process = (struct spec_process){.cwd = "/"};
    if (config_read_whole(&config, &process_config, &spec->process, fail) < 0)
        return config_place(&config, fail);
    *ret_notes = notes_of(&config);
    return 0;
}
