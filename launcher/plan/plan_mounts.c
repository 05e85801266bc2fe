/* PURE: no system call is made in this file. */
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "mount_options.h"
#include "plan_program.h"

/* Kernel file systems live at these places in every image. A symlink there would lead masks and
 * writes elsewhere, so it is refused and not followed (CVE-2019-16884 and its successors). */
static const char *const NO_SYMLINK_TARGETS[] = {"/proc", "/sys", "/dev"};

static bool refuses_symlinks(const char *destination)
{
    size_t count = sizeof(NO_SYMLINK_TARGETS) / sizeof(NO_SYMLINK_TARGETS[0]);
    for (size_t i = 0; i < count; i++)
        if (strcmp(destination, NO_SYMLINK_TARGETS[i]) == 0)
            return true;
    return false;
}

/* What spec_validate.c lets pass. Any other destination can only get there by a symlink of the
 * image, and the volume would then be what masks and read-only paths are made in. */
static bool is_for_proc(const char *destination)
{
    return strcmp(destination, "/proc") == 0 || strncmp(destination, "/proc/", 6) == 0;
}

static unsigned target_flags(const struct spec_mount *mount)
{
    unsigned flags = MOUNT_MAKE_TARGET;
    flags |= refuses_symlinks(mount->destination) ? MOUNT_NO_SYMLINKS : 0u;
    flags |= is_for_proc(mount->destination) ? MOUNT_OVER_PROC : 0u;
    return flags;
}

static bool is_bind(const struct spec_mount *mount, const struct mount_options *options)
{
    return strcmp(mount->type, "bind") == 0 || options->recursive;
}

/* A bind mount of the host's that is shared is one of the host's peers, and one that is a slave has a
 * master there, only when it was copied before PRIVATE. In a mount namespace of others the source is
 * theirs, and an ordinary user may copy nothing outside his own namespace. */
static enum passed_kind passed_kind(const struct spec *spec, const struct spec_mount *mount,
                                    const struct mount_options *options)
{
    bool linked = options->propagation == MS_SHARED || options->propagation == MS_SLAVE;
    bool bind = is_bind(mount, options);
    if (options->remount)
        return PASSED_NOT;
    if (options->copy_up && strcmp(mount->type, "tmpfs") == 0)
        return PASSED_COPY_UP;
    if (bind && options->idmap)
        return PASSED_IDMAP;
    bool ours = spec->privileged && spec->namespaces[NS_MNT].path == NULL;
    return bind && linked && ours && !mount->standard ? PASSED_BIND : PASSED_NOT;
}

enum passed_kind plan_passed(const struct spec *spec, const struct spec_mount *mount,
                             struct arena *arena)
{
    struct mount_options options = mount_options_sort(mount, arena);
    return passed_kind(spec, mount, &options);
}

/* Of a config.json's, bundle_resolve has warned. */
static int plan_bind(const struct spec *spec, const struct spec_mount *mount,
                     const struct mount_options *options, enum passed_kind passed,
                     struct encoder *encoder, struct fail *fail)
{
    if (options->pair_count > 0 && passed != PASSED_COPY_UP && spec->oci.version == NULL)
        return fail_set(fail, "bind-mounting %s on %s: a bind mount has no option \"%s\"",
                        mount->source, mount->destination, options->pairs[0]);
    unsigned flags = target_flags(mount);
    flags |= options->recursive ? MOUNT_RECURSIVE : 0u;
    flags |= options->attr_recursive ? MOUNT_ATTR_RECURSIVE : 0u;
    flags |= passed != PASSED_NOT ? MOUNT_PASSED : 0u;
    struct op_bind *op = encode_op(encoder, OP_BIND, flags);
    op->source = encode_text(encoder, passed == PASSED_COPY_UP ? "tmpfs" : mount->source);
    op->target = encode_text(encoder, mount->destination);
    op->attr_set = options->attr_set;
    op->attr_clear = options->attr_clear;
    op->propagation = options->propagation;
    return 0;
}

static void plan_file_system(const struct spec_mount *mount, const struct mount_options *options,
                             struct encoder *encoder)
{
    struct op_mount *op = encode_op(encoder, OP_MOUNT, target_flags(mount));
    op->fstype = encode_text(encoder, mount->type);
    op->source = encode_text(encoder, mount->source != NULL ? mount->source : mount->type);
    op->target = encode_text(encoder, mount->destination);
    op->options = encode_list(encoder, options->pairs, options->pair_count);
    op->attributes = options->attr_set;
    op->propagation = options->propagation;
}

/* mount_setattr(2), which this becomes, changes no option of the file system itself. */
static int plan_remount(const struct spec_mount *mount, const struct mount_options *options,
                        struct encoder *encoder, struct fail *fail)
{
    if (options->pair_count > 0)
        return fail_set(fail, "mounting %s again: a remount has no option \"%s\"",
                        mount->destination, options->pairs[0]);
    struct op_remount *op =
        encode_op(encoder, OP_REMOUNT, options->attr_recursive ? MOUNT_ATTR_RECURSIVE : 0u);
    op->path = encode_text(encoder, mount->destination);
    op->attr_set = options->attr_set;
    op->attr_clear = options->attr_clear;
    op->propagation = options->propagation;
    return 0;
}

static int plan_mount(const struct spec *spec, const struct spec_mount *mount,
                      struct encoder *encoder, struct fail *fail)
{
    struct mount_options options = mount_options_sort(mount, encoder->arena);
    enum passed_kind passed = passed_kind(spec, mount, &options);
    if (options.idmap && passed != PASSED_IDMAP)
        return fail_set(fail, "mounting %s: only the ids of a bind mount can be mapped",
                        mount->destination);
    if (options.remount)
        return plan_remount(mount, &options, encoder, fail);
    if (is_bind(mount, &options) || passed == PASSED_COPY_UP)
        return plan_bind(spec, mount, &options, passed, encoder, fail);
    plan_file_system(mount, &options, encoder);
    return 0;
}

static size_t mounts_before_net(const struct spec *spec)
{
    size_t count = 0;
    while (count < spec->mount_count && strcmp(spec->mounts[count].type, "sysfs") != 0)
        count++;
    return count;
}

/* A config.json may mount it later, or twice. */
bool plan_mounted_early(const struct spec *spec, const char *destination)
{
    size_t middle = mounts_before_net(spec);
    bool early = false;
    for (size_t i = 0; i < spec->mount_count; i++)
        if (strcmp(spec->mounts[i].destination, destination) == 0)
            early = i < middle;
    return early;
}

int plan_mounts(const struct spec *spec, enum mount_half half, struct encoder *encoder,
                struct fail *fail)
{
    size_t middle = mounts_before_net(spec);
    size_t begin = half == MOUNTS_BEFORE_NET ? 0 : middle;
    size_t end = half == MOUNTS_BEFORE_NET ? middle : spec->mount_count;
    for (size_t i = begin; i < end; i++)
        TRY(plan_mount(spec, &spec->mounts[i], encoder, fail));
    return 0;
}

/* The links that programs expect in /dev; runtime-spec config-linux.md, "Default symbolic links". */
static const struct {
    const char *path, *target;
} DEV_LINKS[] = {
    {"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
    {"/dev/ptmx", "pts/ptmx"},          {"/dev/core", "/proc/kcore"},
};

static void plan_dev_links(struct encoder *encoder)
{
    for (size_t i = 0; i < sizeof(DEV_LINKS) / sizeof(DEV_LINKS[0]); i++) {
        struct op_symlink *op = encode_op(encoder, OP_SYMLINK, 0);
        op->target = encode_text(encoder, DEV_LINKS[i].target);
        op->path = encode_text(encoder, DEV_LINKS[i].path);
    }
}

/* mknod(2) is not for user namespaces: there the host's node is bind-mounted. */
static void plan_device_bind(const struct spec_device *device, struct encoder *encoder)
{
    struct op_bind *op = encode_op(encoder, OP_BIND, MOUNT_MAKE_TARGET);
    op->source = encode_text(encoder, device->source);
    op->target = encode_text(encoder, device->path);
    op->attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
}

static void plan_device_node(const struct spec_device *device, struct encoder *encoder)
{
    struct op_mkdev *op = encode_op(encoder, OP_MKDEV, 0);
    op->path = encode_text(encoder, device->path);
    op->mode = device->mode | (device->type == 'b'   ? S_IFBLK
                               : device->type == 'p' ? S_IFIFO
                                                     : S_IFCHR);
    op->major = device->major;
    op->minor = device->minor;
    op->uid = device->uid;
    op->gid = device->gid;
}

static bool has_own_dev(const struct spec *spec)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        if (strcmp(spec->mounts[i].destination, "/dev") == 0)
            return strcmp(spec->mounts[i].type, "tmpfs") == 0;
    return false;
}

bool plan_has_devices_in_root(const struct spec *spec)
{
    bool in_root = false;
    for (size_t i = 0; i < spec->device_count; i++)
        in_root = in_root || strncmp(spec->devices[i].path, "/dev/", 5) != 0;
    return in_root || (spec->device_count > 0 && !has_own_dev(spec));
}

/* In a bundle without a /dev of its own they belong into that of the root file system. */
static bool wants_dev_links(const struct spec *spec)
{
    bool mounted = false;
    for (size_t i = 0; i < spec->mount_count; i++)
        mounted = mounted || strcmp(spec->mounts[i].destination, "/dev") == 0;
    return has_own_dev(spec) || (spec->oci.version != NULL && !mounted);
}

static void plan_device(const struct spec *spec, const struct spec_device *device,
                        struct encoder *encoder)
{
    if (spec->in_user_namespace)
        plan_device_bind(device, encoder);
    else
        plan_device_node(device, encoder);
}

/* "/dev/null", but not "/dev/net/tun": what is deeper may lie in a mount of the user's. */
static bool is_directly_in_dev(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 && strchr(path + 5, '/') == NULL;
}

void plan_devices(const struct spec *spec, enum mount_half half, struct encoder *encoder)
{
    bool early_dev = has_own_dev(spec) && plan_mounted_early(spec, "/dev");
    for (size_t i = 0; i < spec->device_count; i++) {
        bool early = early_dev && is_directly_in_dev(spec->devices[i].path);
        if (early == (half == MOUNTS_BEFORE_NET))
            plan_device(spec, &spec->devices[i], encoder);
    }
    if (wants_dev_links(spec) && early_dev == (half == MOUNTS_BEFORE_NET))
        plan_dev_links(encoder);
}
