#include "userdb.h"

#include <string.h>

#include "parse.h"

enum { PASSWD_FIELDS = 7, GROUP_FIELDS = 4 };

static int malformed_request(const char *text, struct fail *fail)
{
    int code = fail_set(fail, "\"%.100s\" is not a user", text);
    (void)fail_hint(fail, "a user is name or uid, then optionally :group and ,group ...");
    return code;
}

int parse_user_request(const char *text, struct arena *arena, struct user_request *ret_request,
                       struct fail *fail)
{
    struct user_request request = {.user = NULL};
    const char *commas = text;
    const char *colons = next_piece(arena, &commas, ',');
    request.user = next_piece(arena, &colons, ':');
    request.group = next_piece(arena, &colons, ':');
    if (*request.user == '\0' || colons != NULL)
        return malformed_request(text, fail);
    if (request.group != NULL && *request.group == '\0')
        return malformed_request(text, fail);

    for (char *piece; (piece = next_piece(arena, &commas, ',')) != NULL;) {
        if (*piece == '\0' || strchr(piece, ':') != NULL)
            return malformed_request(text, fail);
        *ARENA_APPEND(arena, request.more_groups, request.more_group_count) = piece;
    }
    *ret_request = request;
    return 0;
}

bool looks_like_id(const char *text)
{
    return strchr("0123456789+-", *text) != NULL;
}

/* Copies the next line of `*cursor` and cuts it at the colons. Returns the number of fields, 0 at
 * the end of the text. Fields beyond `field_max` are left out. */
static size_t read_record(const char **cursor, struct arena *arena, const char **fields,
                          size_t field_max)
{
    const char *rest = *cursor == NULL || **cursor == '\0' ? NULL : next_piece(arena, cursor, '\n');
    size_t count = 0;
    for (const char *field; (field = next_piece(arena, &rest, ':')) != NULL;)
        if (count < field_max)
            fields[count++] = field;
    return count;
}

static bool entry_matches(const char *const *fields, const char *name, uint32_t uid)
{
    if (name != NULL)
        return strcmp(fields[0], name) == 0;
    struct fail ignored = {.code = 0};
    uint32_t entry_uid = 0;
    return parse_id(fields[2], &entry_uid, &ignored) == 0 && entry_uid == uid;
}

static int read_passwd_entry(const char *const *fields, size_t field_count,
                             struct passwd_entry *ret_entry, struct fail *fail)
{
    struct passwd_entry entry = {.name = fields[0]};
    if (parse_id(fields[2], &entry.uid, fail) < 0 || parse_id(fields[3], &entry.gid, fail) < 0)
        return fail_context(fail, "the entry of %.80s in the container's /etc/passwd", fields[0]);
    const char *home = field_count > 5 ? fields[5] : "";
    entry.home = home[0] == '/' && !has_control_characters(home) ? home : NULL;
    *ret_entry = entry;
    return 0;
}

int passwd_find(const char *text, const char *name, uint32_t uid, struct arena *arena,
                struct passwd_entry *ret_entry, bool *ret_found, struct fail *fail)
{
    const char *fields[PASSWD_FIELDS];
    const char *cursor = text;
    *ret_found = false;
    for (size_t count; (count = read_record(&cursor, arena, fields, PASSWD_FIELDS)) > 0;) {
        if (count < 4 || !entry_matches(fields, name, uid))
            continue;
        *ret_found = true;
        return read_passwd_entry(fields, count, ret_entry, fail);
    }
    return 0;
}

int group_find(const char *text, const char *name, struct arena *arena, uint32_t *ret_gid,
               bool *ret_found, struct fail *fail)
{
    const char *fields[GROUP_FIELDS];
    const char *cursor = text;
    *ret_found = false;
    for (size_t count; (count = read_record(&cursor, arena, fields, GROUP_FIELDS)) > 0;) {
        if (count < 3 || strcmp(fields[0], name) != 0)
            continue;
        *ret_found = true;
        if (parse_id(fields[2], ret_gid, fail) < 0)
            return fail_context(fail, "the entry of %.80s in the container's /etc/group", name);
        return 0;
    }
    return 0;
}

static bool is_member(const char *members, const char *user)
{
    size_t size = strlen(user);
    while (*members != '\0') {
        size_t member_size = strcspn(members, ",");
        if (member_size == size && memcmp(members, user, size) == 0)
            return true;
        members += member_size + (members[member_size] == ',' ? 1 : 0);
    }
    return false;
}

void group_memberships(const char *text, const char *user, struct arena *arena, uint32_t **gids,
                       size_t *gid_count)
{
    const char *fields[GROUP_FIELDS];
    const char *cursor = text;
    struct fail ignored = {.code = 0};
    for (size_t count; (count = read_record(&cursor, arena, fields, GROUP_FIELDS)) > 0;) {
        uint32_t gid = 0;
        if (count < GROUP_FIELDS || !is_member(fields[3], user) ||
            parse_id(fields[2], &gid, &ignored) < 0)
            continue;
        *ARENA_APPEND(arena, *gids, *gid_count) = gid;
    }
}
