#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../spec/resource_text.h"
#include "hand_over.h"
#include "path.h"

/* ---- the hierarchies ---- */

static struct tool_hierarchy *find_mount_point(struct cgroup_tool *tool, const char *mount_point)
{
    for (size_t i = 0; i < tool->count; i++)
        if (strcmp(tool->hierarchies[i].mount_point, mount_point) == 0)
            return &tool->hierarchies[i];
    return NULL;
}

static void add_v1(struct cgroup_tool *tool, enum controller controller)
{
    const char *mount_point = tool->layout.v1[controller].mount_point;
    if (mount_point == NULL)
        return;
    struct tool_hierarchy *found = find_mount_point(tool, mount_point);
    if (found == NULL) {
        found = &tool->hierarchies[tool->count++];
        *found = (struct tool_hierarchy){
            .mount_point = mount_point, .label = controller_name(controller), .driver = &CGROUP_V1};
    } else {
        found->label =
            arena_printf(tool->arena, "%s,%s", found->label, controller_name(controller));
    }
    found->controllers |= CONTROLLER_BIT(controller);
}

int tool_open(struct arena *arena, struct cgroup_tool *ret_tool, struct fail *fail)
{
    struct cgroup_tool *tool = ret_tool;
    *tool = (struct cgroup_tool){.arena = arena};
    TRY(layout_read(arena, &tool->layout, fail));
    if (tool->layout.unified.mount_point != NULL)
        tool->hierarchies[tool->count++] =
            (struct tool_hierarchy){.mount_point = tool->layout.unified.mount_point,
                                    .label = "v2",
                                    .driver = &CGROUP_V2,
                                    .controllers = tool->layout.unified_controllers};
    for (enum controller i = 0; i < CONTROLLER_COUNT; i++)
        add_v1(tool, i);
    if (tool->count > 0)
        return 0;
    (void)fail_code(fail, -ENOENT, "find a cgroup hierarchy on this host");
    return fail_hint(fail, "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}

static const char *directory_of(const struct cgroup_tool *tool, size_t index, const char *path)
{
    return *path == '\0'
               ? tool->hierarchies[index].mount_point
               : arena_printf(tool->arena, "%s/%s", tool->hierarchies[index].mount_point, path);
}

static int parse_path(const struct cgroup_tool *tool, const char *text, const char **ret_path,
                      struct fail *fail)
{
    return cgroup_path_parse(text, &tool->layout, tool->arena, ret_path, fail);
}

static int no_such_cgroup(const char *path, struct fail *fail)
{
    (void)fail_code(fail, -ENOENT, "find the cgroup %s", *path == '\0' ? "/" : path);
    return fail_hint(fail, "launcher cgroup tree lists those that there are");
}

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Does something in each hierarchy that has the cgroup; none having it is an error. */
typedef int each_function(const struct cgroup_dir *dir, const struct tool_hierarchy *hierarchy,
                          void *context, struct fail *fail);

static int each_hierarchy(const struct cgroup_tool *tool, const char *path, each_function *function,
                          void *context, struct fail *fail)
{
    size_t found = 0;
    for (size_t i = 0; i < tool->count; i++) {
        const char *directory = directory_of(tool, i, path);
        AUTO_FD int fd = open_directory(directory);
        if (fd < 0 && errno == ENOENT)
            continue;
        if (fd < 0)
            return fail_sys(fail, "open the cgroup %s", directory);
        struct cgroup_dir dir = {.fd = fd, .path = directory};
        TRY(function(&dir, &tool->hierarchies[i], context, fail));
        found++;
    }
    return found > 0 ? 0 : no_such_cgroup(path, fail);
}

/* ---- walking ---- */

enum { DEPTH_MAX = 64 };

typedef int visit_function(const struct cgroup_dir *dir, void *context, struct fail *fail);

/* Calls `visit` for the cgroup at `directory` and all below, children first. Cgroups come and go:
 * one that is gone is passed over. */
static int walk(const char *directory, struct arena *arena, int depth, visit_function *visit,
                void *context, struct fail *fail)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return errno == ENOENT ? 0 : fail_sys(fail, "list the cgroup %s", directory);
    int result = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL && result >= 0;)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && depth < DEPTH_MAX)
            result = walk(arena_printf(arena, "%s/%s", directory, entry->d_name), arena, depth + 1,
                          visit, context, fail);
    struct cgroup_dir dir = {.fd = dirfd(stream), .path = directory};
    if (result >= 0)
        result = visit(&dir, context, fail);
    (void)closedir(stream);
    return result;
}

/* ---- tree ---- */

struct node {
    const char *path;
    const char *where;
    size_t processes;
    size_t order; /* in which it was found: that of the hierarchies */
};

struct tree {
    struct arena *arena;
    struct node *nodes;
    size_t count;
    size_t cut; /* length of the mount point */
    const char *label;
};

static size_t count_processes(int dir_fd)
{
    size_t count = 0;
    AUTO_FD int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    char text[8192];
    for (ssize_t got; fd >= 0 && (got = read(fd, text, sizeof(text))) > 0;)
        for (ssize_t i = 0; i < got; i++)
            count += text[i] == '\n' ? 1 : 0;
    return count;
}

static int note_node(const struct cgroup_dir *dir, void *context, struct fail *fail)
{
    struct tree *tree = context;
    (void)fail;
    const char *path = dir->path + tree->cut;
    size_t order = tree->count;
    *ARENA_APPEND(tree->arena, tree->nodes, tree->count) =
        (struct node){.path = path + (*path == '/' ? 1 : 0),
                      .where = tree->label,
                      .processes = count_processes(dir->fd),
                      .order = order};
    return 0;
}

/* A slash comes before every other character, so that children follow their parent. */
static int compare_nodes(const void *left, const void *right)
{
    const struct node *one = left, *other = right;
    const char *a = one->path, *b = other->path;
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    int first = *a == '/' ? 1 : (unsigned char)*a, second = *b == '/' ? 1 : (unsigned char)*b;
    if (first != second)
        return first - second;
    return one->order < other->order ? -1 : 1;
}

/* The same path in several hierarchies is one line; its processes are those of the fullest. */
static void print_nodes(const struct tree *tree, FILE *file)
{
    for (size_t i = 0; i < tree->count;) {
        const struct node *node = &tree->nodes[i];
        const char *where = node->where;
        size_t processes = node->processes;
        for (i++; i < tree->count && strcmp(tree->nodes[i].path, node->path) == 0; i++) {
            where = arena_printf(tree->arena, "%s %s", where, tree->nodes[i].where);
            processes = tree->nodes[i].processes > processes ? tree->nodes[i].processes : processes;
        }
        (void)fprintf(file, "%-40s %6zu  %s\n", *node->path == '\0' ? "/" : node->path, processes,
                      where);
    }
}

int tool_tree(const struct cgroup_tool *tool, const char *text, FILE *file, struct fail *fail)
{
    struct tree tree = {.arena = tool->arena};
    const char *path = "";
    TRY(parse_path(tool, text, &path, fail));
    for (size_t i = 0; i < tool->count; i++) {
        tree.cut = strlen(tool->hierarchies[i].mount_point);
        tree.label = tool->hierarchies[i].label;
        TRY(walk(directory_of(tool, i, path), tool->arena, 0, note_node, &tree, fail));
    }
    if (tree.count == 0)
        return no_such_cgroup(path, fail);
    qsort(tree.nodes, tree.count, sizeof(*tree.nodes), compare_nodes);
    print_nodes(&tree, file);
    return 0;
}

/* ---- create ---- */

static int make_level(const struct tool_hierarchy *hierarchy, const char *directory,
                      struct fail *fail)
{
    if (mkdir(directory, 0755) < 0) {
        if (errno == EEXIST)
            return 0;
        (void)fail_sys(fail, "create the cgroup %s", directory);
        return fail->code == -EACCES || fail->code == -EPERM || fail->code == -EROFS
                   ? fail_hint(fail, "be root, or have a cgroup delegated")
                   : fail->code;
    }
    AUTO_FD int fd = open_directory(directory);
    struct cgroup_dir dir = {.fd = fd, .path = directory};
    if (fd < 0)
        return fail_sys(fail, "open the cgroup %s", directory);
    if (hierarchy->driver->prepare != NULL)
        TRY(hierarchy->driver->prepare(&dir, hierarchy->controllers, fail));
    if (hierarchy->driver->enable == NULL ||
        (hierarchy->controllers & ~CONTROLLERS_WITHOUT_NAME) == 0)
        return 0;
    return hierarchy->driver->enable(&dir, hierarchy->controllers, fail);
}

static int create_in(const struct cgroup_tool *tool, size_t index, const char *path,
                     struct fail *fail)
{
    for (const char *at = path; *at != '\0';) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        const char *level = arena_copy(tool->arena, path, (size_t)(at - path));
        TRY(make_level(&tool->hierarchies[index], directory_of(tool, index, level), fail));
    }
    return 0;
}

int tool_create(const struct cgroup_tool *tool, const char *text, struct fail *fail)
{
    const char *path = "";
    TRY(parse_path(tool, text, &path, fail));
    if (*path == '\0')
        return fail_set(fail, "create a cgroup: \"%s\" is the root, which is there", text);
    for (size_t i = 0; i < tool->count; i++)
        TRY(create_in(tool, i, path, fail));
    return 0;
}

/* ---- rm ---- */

static int refuse_processes(const struct cgroup_dir *dir, void *context, struct fail *fail)
{
    char pids[200];
    (void)context;
    cgroup_list_pids(dir->fd, "cgroup.procs", pids, sizeof(pids));
    if (pids[0] == '\0')
        return 0;
    (void)fail_code(fail, -EBUSY, "remove the cgroup %s", dir->path);
    return fail_hint(fail, "these processes are in it: %s; --kill ends them", pids);
}

static int remove_one(const struct cgroup_dir *dir, void *context, struct fail *fail)
{
    (void)context;
    if (rmdir(dir->path) < 0 && errno != ENOENT)
        return fail_sys(fail, "remove the cgroup %s", dir->path);
    return 0;
}

/* Looks at all hierarchies before it changes the first one. */
int tool_remove(const struct cgroup_tool *tool, const char *text, bool kill, struct fail *fail)
{
    const char *path = "";
    struct cgroup_path paths[CGROUP_PATHS_MAX];
    size_t found = 0;
    TRY(parse_path(tool, text, &path, fail));
    if (*path == '\0')
        return fail_set(fail, "remove a cgroup: \"%s\" is the root of all", text);
    for (size_t i = 0; i < tool->count; i++) {
        const char *directory = directory_of(tool, i, path);
        if (access(directory, F_OK) == 0)
            paths[found++] = (struct cgroup_path){.path = directory};
    }
    if (found == 0)
        return no_such_cgroup(path, fail);
    if (kill)
        return cgroup_remove(paths, found, fail);
    for (size_t i = 0; i < found; i++)
        TRY(walk(paths[i].path, tool->arena, 0, refuse_processes, NULL, fail));
    for (size_t i = 0; i < found; i++)
        TRY(walk(paths[i].path, tool->arena, 0, remove_one, NULL, fail));
    return 0;
}

/* ---- get ---- */

static int check_readable_key(const char *key, struct fail *fail)
{
    if (*key == '\0' || *key == '.' || strchr(key, '/') != NULL)
        return fail_set(fail, "\"%.60s\" is not the name of a file of a cgroup", key);
    return 0;
}

/* The hierarchy that has this file of this cgroup: that of the controller, or the first one. */
static int find_file(const struct cgroup_tool *tool, const char *path, const char *key,
                     const char **ret_directory, struct fail *fail)
{
    enum controller controller = controller_of_file(key);
    bool seen = false;
    *ret_directory = "";
    for (size_t i = 0; i < tool->count; i++) {
        const char *directory = directory_of(tool, i, path);
        bool here = controller == CONTROLLER_COUNT ||
                    (tool->hierarchies[i].controllers & CONTROLLER_BIT(controller));
        seen = seen || access(directory, F_OK) == 0;
        *ret_directory = directory;
        if (here && access(arena_printf(tool->arena, "%s/%s", directory, key), F_OK) == 0)
            return 0;
    }
    if (!seen)
        return no_such_cgroup(path, fail);
    (void)fail_code(fail, -ENOENT, "find the file %.60s in the cgroup %s", key,
                    *path == '\0' ? "/" : path);
    return fail_hint(fail, "launcher cgroup get %s lists all files that it has",
                     *path == '\0' ? "/" : path);
}

static void print_text(const char *key, char *text, bool with_name, FILE *file)
{
    if (!with_name) {
        (void)fputs(text, file);
        return;
    }
    for (char *line; (line = strsep(&text, "\n")) != NULL;)
        if (*line != '\0')
            (void)fprintf(file, "%s: %s\n", key, line);
}

int tool_get(const struct cgroup_tool *tool, const char *path_text, const char *key, bool with_name,
             FILE *file, struct fail *fail)
{
    const char *directory = "", *path = "";
    TRY(parse_path(tool, path_text, &path, fail));
    TRY(check_readable_key(key, fail));
    TRY(find_file(tool, path, key, &directory, fail));
    char *text =
        layout_read_file(arena_printf(tool->arena, "%s/%s", directory, key), tool->arena, fail);
    if (text == NULL)
        return fail->code;
    print_text(key, text, with_name, file);
    return 0;
}

/* Files that can't be read, or not now, are left out. */
static int print_files(const struct cgroup_dir *dir, const struct tool_hierarchy *hierarchy,
                       void *context, struct fail *fail)
{
    (void)hierarchy;
    DIR *stream = opendir(dir->path);
    if (stream == NULL)
        return fail_sys(fail, "list the cgroup %s", dir->path);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char text[16384];
        if (entry->d_type == DT_REG && strchr(entry->d_name, '.') != NULL &&
            cgroup_read(dir->fd, entry->d_name, text, sizeof(text)) == 0)
            print_text(entry->d_name, text, true, context);
    }
    (void)closedir(stream);
    return 0;
}

int tool_get_all(const struct cgroup_tool *tool, const char *text, FILE *file, struct fail *fail)
{
    const char *path = "";
    TRY(parse_path(tool, text, &path, fail));
    return each_hierarchy(tool, path, print_files, file, fail);
}

/* ---- set ---- */

static int hint_for_set(struct fail *fail, const char *directory, const char *key)
{
    if (fail->code == -EBUSY)
        return fail_hint(fail, "more than that is in use there: launcher cgroup get shows it");
    if (fail->code == -EINVAL || fail->code == -ERANGE)
        return fail_hint(fail,
                         "the kernel takes no such value for %.60s: see cgroups(7) and the "
                         "kernel's cgroup-v2.rst",
                         key);
    if (fail->code == -EACCES || fail->code == -EPERM || fail->code == -EROFS)
        return fail_hint(fail, "be root, or have %.150s delegated", directory);
    return fail->code;
}

int tool_set(const struct cgroup_tool *tool, const char *text, const struct spec_pair *pair,
             struct fail *fail)
{
    const char *path = "", *directory = "";
    TRY(parse_path(tool, text, &path, fail));
    TRY(check_raw_key(pair->key, fail));
    TRY(find_file(tool, path, pair->key, &directory, fail));
    AUTO_FD int fd = open_directory(directory);
    int result = fd < 0 ? -errno : cgroup_write(fd, pair->key, pair->value);
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "write %.60s to %s/%s", pair->value, directory, pair->key);
    return hint_for_set(fail, directory, pair->key);
}

/* ---- attach, delegate ---- */

static int attach_in(const struct cgroup_dir *dir, const struct tool_hierarchy *hierarchy,
                     void *context, struct fail *fail)
{
    const char *pid = context;
    int result = cgroup_write(dir->fd, hierarchy->driver->attach_file, pid);
    if (result >= 0)
        return 0;
    (void)fail_code(fail, result, "move process %s to the cgroup %s", pid, dir->path);
    if (result == -EBUSY)
        return fail_hint(fail, "it hands controllers down, so no process may be in it itself "
                               "(cgroups(7)): name or create one below");
    if (result == -EOPNOTSUPP)
        return fail_hint(fail, "it is threaded, or below a threaded one");
    return result == -ESRCH ? fail_hint(fail, "there is no such process") : result;
}

int tool_attach(const struct cgroup_tool *tool, const char *text, pid_t pid, struct fail *fail)
{
    const char *path = "";
    TRY(parse_path(tool, text, &path, fail));
    return each_hierarchy(tool, path, attach_in, arena_printf(tool->arena, "%d", (int)pid), fail);
}

struct owner {
    uid_t uid;
    gid_t gid;
};

static int delegate_in(const struct cgroup_dir *dir, const struct tool_hierarchy *hierarchy,
                       void *context, struct fail *fail)
{
    const struct owner *owner = context;
    (void)hierarchy;
    return cgroup_hand_over(dir, owner->uid, owner->gid, fail);
}

int tool_delegate(const struct cgroup_tool *tool, const char *text, uid_t uid, gid_t gid,
                  struct fail *fail)
{
    const char *path = "";
    struct owner owner = {uid, gid};
    TRY(parse_path(tool, text, &path, fail));
    if (*path == '\0')
        return fail_set(fail, "delegate a cgroup: the root can't be handed over");
    return each_hierarchy(tool, path, delegate_in, &owner, fail);
}
