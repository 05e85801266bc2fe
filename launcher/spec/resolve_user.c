#include "resolve_user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../../shared/fully.h"
#include "parse.h"
#include "userdb.h"

enum { USERDB_MAX = 4 * 1024 * 1024 };

struct userdb {
    int root_fd;
    struct arena *arena;
    const char *passwd, *group; /* content, NULL: not read yet, or no such file */
    bool passwd_read, group_read;
};

/* RESOLVE_IN_ROOT: a symlink in the image can't lead to the host's files (CVE-2019-14271 class).
 * O_NONBLOCK: opening a FIFO that an image calls /etc/passwd must not wait for a writer. */
static int open_in_root(int root_fd, const char *path)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
}

/* `*ret_text` is NULL when there is no such file. */
static int read_in_root(const struct userdb *db, const char *path, const char **ret_text,
                        struct fail *fail)
{
    struct stat status;
    *ret_text = NULL;
    AUTO_FD int fd = open_in_root(db->root_fd, path);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_sys(fail, "opening %s of the container", path);
    if (!S_ISREG(status.st_mode) || status.st_size > USERDB_MAX)
        return fail_set(fail, "%s of the container is not a regular file of at most 4 MiB", path);

    size_t size = (size_t)status.st_size;
    char *text = arena_alloc(db->arena, size + 1);
    if (read_fully(fd, text, size) < 0)
        return fail_sys(fail, "reading %s of the container", path);
    *ret_text = text;
    return 0;
}

static int load_passwd(struct userdb *db, struct fail *fail)
{
    if (!db->passwd_read)
        TRY(read_in_root(db, "/etc/passwd", &db->passwd, fail));
    db->passwd_read = true;
    return 0;
}

static int load_group(struct userdb *db, struct fail *fail)
{
    if (!db->group_read)
        TRY(read_in_root(db, "/etc/group", &db->group, fail));
    db->group_read = true;
    return 0;
}

static int unknown(const char *kind, const char *name, const char *file, bool file_exists,
                   struct fail *fail)
{
    int code = file_exists ? fail_set(fail, "there is no %s \"%.80s\" in the container's %s", kind,
                                      name, file)
                           : fail_set(fail,
                                      "the %s \"%.80s\" can't be looked up: the container "
                                      "has no %s",
                                      kind, name, file);
    (void)fail_hint(fail, "an id needs no entry: --user 1000:1000");
    return code;
}

static int resolve_group(struct userdb *db, const char *name, uint32_t *ret_gid, struct fail *fail)
{
    bool found = false;
    if (looks_like_id(name))
        return parse_id(name, ret_gid, fail);
    TRY(load_group(db, fail));
    if (db->group != NULL)
        TRY(group_find(db->group, name, db->arena, ret_gid, &found, fail));
    return found ? 0 : unknown("group", name, "/etc/group", db->group != NULL, fail);
}

/* An id needs no entry: then the group is 0, as docker has it. */
static int resolve_entry(struct userdb *db, const char *user, struct passwd_entry *ret_entry,
                         struct fail *fail)
{
    struct passwd_entry entry = {.name = NULL};
    bool by_id = looks_like_id(user);
    bool found = false;
    if (by_id)
        TRY(parse_id(user, &entry.uid, fail));
    TRY(load_passwd(db, fail));
    if (db->passwd != NULL)
        TRY(passwd_find(db->passwd, by_id ? NULL : user, entry.uid, db->arena, &entry, &found,
                        fail));
    if (!found && !by_id)
        return unknown("user", user, "/etc/passwd", db->passwd != NULL, fail);
    *ret_entry = entry;
    return 0;
}

/* Nobody asked for a user: root needs no entry either, so whatever is wrong with the files is
 * looked over, and root's fixed values are taken. */
static void default_entry(struct userdb *db, struct passwd_entry *ret_entry)
{
    struct fail ignored = {.code = 0};
    struct passwd_entry entry = {.name = NULL};
    bool found = false;
    *ret_entry = (struct passwd_entry){.name = "root", .home = "/root"};
    if (load_passwd(db, &ignored) < 0 || db->passwd == NULL)
        return;
    if (passwd_find(db->passwd, NULL, 0, db->arena, &entry, &found, &ignored) < 0 || !found)
        return;
    ret_entry->name = entry.name;
    if (entry.home != NULL)
        ret_entry->home = entry.home;
}

static bool is_mapped(const struct spec *spec, uint32_t gid)
{
    for (size_t i = 0; i < spec->gid_mapping_count; i++)
        if (gid - spec->gid_mappings[i].container_id < spec->gid_mappings[i].size)
            return true;
    return !spec->namespaces[NS_USER].create;
}

/* The groups that list the user as a member. Nobody asked for them, so those that can't be had in
 * this user namespace are left out. */
static void add_memberships(struct spec *spec, struct userdb *db, const char *name)
{
    struct spec_user *user = &spec->process.user;
    struct fail ignored = {.code = 0};
    uint32_t *gids = NULL;
    size_t gid_count = 0;
    if (spec->deny_setgroups || load_group(db, &ignored) < 0 || db->group == NULL)
        return;
    group_memberships(db->group, name, db->arena, &gids, &gid_count);
    for (size_t i = 0; i < gid_count; i++)
        if (is_mapped(spec, gids[i]))
            *ARENA_APPEND(db->arena, user->additional_gids, user->additional_gid_count) = gids[i];
}

static int add_groups(struct spec *spec, struct userdb *db, const char *const *groups,
                      size_t group_count, struct fail *fail)
{
    struct spec_user *user = &spec->process.user;
    for (size_t i = 0; i < group_count; i++) {
        uint32_t gid = 0;
        TRY(resolve_group(db, groups[i], &gid, fail));
        *ARENA_APPEND(db->arena, user->additional_gids, user->additional_gid_count) = gid;
    }
    return 0;
}

static int resolve_request(struct spec *spec, struct userdb *db, const char *text,
                           const char **ret_home, struct fail *fail)
{
    struct spec_user *user = &spec->process.user;
    struct user_request request;
    struct passwd_entry entry = {.name = NULL};
    TRY(parse_user_request(text, db->arena, &request, fail));
    TRY(resolve_entry(db, request.user, &entry, fail));
    user->uid = entry.uid;
    user->gid = entry.gid;
    if (request.group != NULL)
        TRY(resolve_group(db, request.group, &user->gid, fail));
    else if (entry.name != NULL)
        add_memberships(spec, db, entry.name);
    *ret_home = entry.home != NULL ? entry.home : user->uid == 0 ? "/root" : "/";
    return add_groups(spec, db, request.more_groups, request.more_group_count, fail);
}

int resolve_user(struct spec *spec, const struct run_options *options, int root_fd,
                 struct arena *arena, const char **ret_home, struct fail *fail)
{
    struct userdb db = {.root_fd = root_fd, .arena = arena};
    if (options->user != NULL) {
        if (resolve_request(spec, &db, options->user, ret_home, fail) < 0)
            return fail_context(fail, "option --user");
    } else {
        struct passwd_entry root;
        default_entry(&db, &root);
        add_memberships(spec, &db, root.name);
        *ret_home = root.home;
    }
    if (add_groups(spec, &db, options->groups, options->group_count, fail) < 0)
        return fail_context(fail, "option --group-add");
    return 0;
}
