/* PURE: no system call is made in this file. config.md, "Root" and "Mounts". */
#include <string.h>

#include "config_tables.h"
#include "parse.h"

/* ---- ids ---- */

static int finish_id_mapping(struct config *config, void *target, const struct config_value *value,
                             struct fail *fail)
{
    const struct spec_id_mapping *mapping = target;
    (void)config, (void)value;
    if (mapping->size == 0)
        return fail_set(fail, "it maps no id: \"size\" is 0");
    if (mapping->container_id > UINT32_MAX - mapping->size ||
        mapping->host_id > UINT32_MAX - mapping->size)
        return fail_set(fail, "it goes beyond 4294967294, the last id");
    return 0;
}

static const struct config_field id_mapping_fields[] = {
    {ROW_U32("containerID", struct spec_id_mapping, container_id), .flags = FIELD_REQUIRED},
    {ROW_U32("hostID", struct spec_id_mapping, host_id), .flags = FIELD_REQUIRED},
    {ROW_U32("size", struct spec_id_mapping, size), .flags = FIELD_REQUIRED},
};
const struct config_table id_mapping_config = {
    CONFIG_TABLE(id_mapping_fields, struct spec_id_mapping), .finish = finish_id_mapping};

/* ---- root ---- */

static const struct config_field root_fields[] = {
    {ROW_STRING("path", struct spec_root, path), .flags = FIELD_REQUIRED | FIELD_FILLED,
     .handle = config_check_text},
    {ROW_BOOLEAN("readonly", struct spec_root, readonly)},
};
const struct config_table root_config = {CONFIG_TABLE(root_fields, struct spec_root)};

/* ---- mounts ---- */

static int take_destination(struct config *config, void *target, const struct config_value *value,
                            struct fail *fail)
{
    struct spec_mount *mount = target;
    return parse_container_path(value->text, config->arena, &mount->destination, fail);
}

static bool has_option(const struct spec_mount *mount, const char *word)
{
    for (size_t i = 0; i < mount->option_count; i++)
        if (strcmp(mount->options[i], word) == 0)
            return true;
    return false;
}

/* "bind" and "rbind" make a bind mount, whatever the type says: most write "none" or "bind". */
static int finish_mount(struct config *config, void *target, const struct config_value *value,
                        struct fail *fail)
{
    struct spec_mount *mount = target;
    (void)config, (void)value;
    if (has_option(mount, "bind") || has_option(mount, "rbind"))
        mount->type = "bind";
    if (mount->type == NULL || strcmp(mount->type, "none") == 0)
        return fail_set(fail, "it has no type, and is no bind mount either");
    if (strcmp(mount->type, "bind") == 0 && mount->source == NULL)
        return fail_set(fail, "a bind mount needs a source");
    return 0;
}

static const struct config_field mount_fields[] = {
    {.name = "destination",
     .type = FIELD_STRING,
     .flags = FIELD_HANDLED | FIELD_REQUIRED | FIELD_FILLED,
     .handle = take_destination},
    {ROW_STRING("type", struct spec_mount, type), .handle = config_check_text},
    {ROW_STRING("source", struct spec_mount, source), .handle = config_check_text},
    {ROW_STRINGS("options", struct spec_mount, options, option_count), .flags = FIELD_FILLED,
     .handle = config_check_text},
    {ROW_OBJECTS("uidMappings", struct spec_mount, idmap.uids, idmap.uid_count,
                 struct spec_id_mapping, &id_mapping_config)},
    {ROW_OBJECTS("gidMappings", struct spec_mount, idmap.gids, idmap.gid_count,
                 struct spec_id_mapping, &id_mapping_config)},
};
const struct config_table mount_config = {CONFIG_TABLE(mount_fields, struct spec_mount),
                                          .finish = finish_mount};
