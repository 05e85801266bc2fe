/* Checks: what the system gives to a user: places to write to, ids, programs. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../host/cgroup/layout.h"
#include "../host/state_root.h"
#include "../run/state.h"
#include "check.h"

/* ---- places ---- */

static const char *parent_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

static int hint_for_state(struct fail *fail)
{
    return fail_hint(fail, "let it be on a file system with room, owned by the user and mode 700; "
                           "an ordinary user can choose another with XDG_RUNTIME_DIR");
}

/* A state directory that is missing is not made: it would stay. */
static int check_state(const struct check_row *row, const struct check_host *host,
                       char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct state state = STATE_NONE;
    const char *path = state_root(host->arena);
    const char *parent = parent_of(path, host->arena);
    (void)row;
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0)
            return check_found(found, "%s will be made", path);
        (void)fail_sys(fail, "making %s", path);
        return hint_for_state(fail);
    }
    /* a container's name can't begin with a dot */
    const char *id = arena_printf(host->arena, ".check-%d", (int)getpid());
    if (state_create(id, host->arena, &state, fail) < 0) {
        (void)fail_context(fail, "recording a container in %.200s", path);
        return hint_for_state(fail);
    }
    state_remove(&state);
    return check_found(found, "%s takes files", path);
}

/* O_TMPFILE makes a file without a name. */
static int check_runtime_dir(const struct check_row *row, const struct check_host *host,
                             char found[CHECK_FOUND_MAX], struct fail *fail)
{
    static const char cure[] =
        "log in through PAM (loginctl enable-linger USER without a session), "
        "or set XDG_RUNTIME_DIR to a directory of the user's own, mode 700";
    const char *path = getenv("XDG_RUNTIME_DIR");
    struct stat status;
    (void)row;
    if (host->self.uid == 0)
        return check_found(found, "root's records are in %s", state_root(host->arena));
    if (path == NULL || path[0] != '/') {
        (void)fail_set(fail, "XDG_RUNTIME_DIR is not set: %s is used", state_root(host->arena));
        return fail_hint(fail, cure);
    }
    AUTO_FD int fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || stat(path, &status) < 0) {
        (void)fail_sys(fail, "making a file in %.200s", path);
        return fail_hint(fail, cure);
    }
    if (status.st_uid == geteuid() && (status.st_mode & 022) == 0)
        return check_found(found, "%.200s takes files", path);
    (void)fail_set(fail, "%.200s belongs to others, or they can write there", path);
    return fail_hint(fail, cure);
}

/* ---- ids ---- */

static bool is_entry_of(const char *line, const char *owner)
{
    size_t length = strlen(owner);
    return strncmp(line, owner, length) == 0 && line[length] == ':';
}

/* subuid(5): owner, first id, how many; the owner is a name or a number. */
static const char *find_entry(char *text, const char *name, const char *number)
{
    for (char *line; (line = strsep(&text, "\n")) != NULL;)
        if (is_entry_of(line, number) || (name != NULL && is_entry_of(line, name)))
            return strchr(line, ':') + 1;
    return NULL;
}

static int check_more_ids(const struct check_row *row, const struct check_host *host,
                          char found[CHECK_FOUND_MAX], struct fail *fail)
{
    const struct passwd *user = getpwuid(host->self.uid); /* one thread */
    const char *number = arena_printf(host->arena, "%u", (unsigned)host->self.uid);
    const char *name = user != NULL ? user->pw_name : NULL;
    struct fail unreadable = {0};
    char *text = layout_read_file(row->word, host->arena, &unreadable);
    const char *entry = text != NULL ? find_entry(text, name, number) : NULL;
    if (entry != NULL)
        return check_found(found, "%s (first:count)", entry);
    (void)fail_set(fail, "%s has no entry for %s", row->word, name != NULL ? name : number);
    return fail_hint(fail, "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
                     name != NULL ? name : number);
}

/* ---- programs ---- */

static const char *find_program(const char *name, struct arena *arena)
{
    const char *search = getenv("PATH");
    /* an ordinary user's path may lack where administrators' programs are */
    char *rest =
        arena_printf(arena, "%s:/usr/local/bin:/usr/bin:/usr/sbin", search != NULL ? search : "");
    for (char *directory; (directory = strsep(&rest, ":")) != NULL;) {
        const char *path = arena_printf(arena, "%s/%s", directory, name);
        if (directory[0] == '/' && access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

static int missing_program(const char *name, const char *package, struct fail *fail)
{
    (void)fail_set(fail, "%s is not installed", name);
    return fail_hint(fail, "apt install %s", package);
}

/* Run by an ordinary user, the program must still be able to write a map of many ids. */
static int check_map_program(const struct check_row *row, const struct check_host *host,
                             char found[CHECK_FOUND_MAX], struct fail *fail)
{
    struct stat status;
    const char *path = find_program(row->word, host->arena);
    if (path == NULL)
        return missing_program(row->word, "uidmap", fail);
    if (stat(path, &status) < 0)
        return fail_sys(fail, "looking at %s", path);
    if ((status.st_mode & S_ISUID) && status.st_uid == 0)
        return check_found(found, "%s, setuid root", path);
    if (getxattr(path, "security.capability", NULL, 0) > 0)
        return check_found(found, "%s, with file capabilities", path);
    (void)fail_set(fail, "%s is neither setuid root nor has it file capabilities", path);
    return fail_hint(fail, "chmod u+s %s", path);
}

static int check_program(const struct check_row *row, const struct check_host *host,
                         char found[CHECK_FOUND_MAX], struct fail *fail)
{
    const char *path = find_program(row->word, host->arena);
    if (path == NULL)
        return missing_program(row->word, "passt", fail);
    return check_found(found, "%s", path);
}

static const struct check_row ROWS[] = {
    {.name = "state directory",
     .purpose = "the record of each container",
     .function = check_state,
     .for_root = CHECK_REQUIRED,
     .for_ordinary = CHECK_REQUIRED},
    {.name = "XDG_RUNTIME_DIR",
     .purpose = "records that nobody else can get at",
     .function = check_runtime_dir,
     .for_ordinary = CHECK_USEFUL},
    {.name = "subuid",
     .purpose = "more than one user inside",
     .function = check_more_ids,
     .for_ordinary = CHECK_USEFUL,
     .word = "/etc/subuid"},
    {.name = "subgid",
     .purpose = "more than one group inside",
     .function = check_more_ids,
     .for_ordinary = CHECK_USEFUL,
     .word = "/etc/subgid"},
    {.name = "newuidmap",
     .purpose = "more than one user inside",
     .function = check_map_program,
     .for_ordinary = CHECK_USEFUL,
     .word = "newuidmap"},
    {.name = "newgidmap",
     .purpose = "more than one group inside",
     .function = check_map_program,
     .for_ordinary = CHECK_USEFUL,
     .word = "newgidmap"},
    {.name = "pasta",
     .purpose = "networks of ordinary users",
     .function = check_program,
     .for_root = CHECK_USEFUL,
     .for_ordinary = CHECK_USEFUL,
     .word = "pasta"},
};

const struct check_section CHECK_USER = {
    .title = "User", .rows = ROWS, .row_count = sizeof(ROWS) / sizeof(ROWS[0])};
