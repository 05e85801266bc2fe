/* passwd(5), group(5) and --user: what is taken, and above all what is refused. */
#include <string.h>

#include "../../launcher/spec/userdb.h"
#include "tap.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "\n"
                             "# not a user\n"
                             "web:x:1000:1001::/home/web:/bin/sh\n"
                             "bad:x:0x0:0::/:\n"
                             "neg:x:-1:0::/:\n"
                             "huge:x:4294967296:0::/:\n"
                             "nogid:x:5::::\n"
                             "short:x:7\n"
                             "relative:x:8:8::home:\n"
                             "last:x:9:9::/last:/bin/sh";

static void test_passwd(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct passwd_entry entry = {0};
    bool found = false;
    CHECK(passwd_find(passwd, "web", 0, &arena, &entry, &found, &fail) == 0 && found);
    CHECK(entry.uid == 1000 && entry.gid == 1001 && strcmp(entry.home, "/home/web") == 0);
    CHECK(passwd_find(passwd, NULL, 9, &arena, &entry, &found, &fail) == 0 && found);
    CHECK_STR(entry.name, "last");
    CHECK(passwd_find(passwd, "relative", 0, &arena, &entry, &found, &fail) == 0 && found);
    CHECK(entry.home == NULL);
    CHECK(passwd_find(passwd, "short", 0, &arena, &entry, &found, &fail) == 0 && !found);
    CHECK(passwd_find(passwd, "nobody", 0, &arena, &entry, &found, &fail) == 0 && !found);
    CHECK(passwd_find(passwd, "", 0, &arena, &entry, &found, &fail) == 0 && !found);
    CHECK(passwd_find("", "root", 0, &arena, &entry, &found, &fail) == 0 && !found);
    CHECK(passwd_find(passwd, "bad", 0, &arena, &entry, &found, &fail) < 0);
    CHECK(passwd_find(passwd, "neg", 0, &arena, &entry, &found, &fail) < 0);
    CHECK(passwd_find(passwd, "huge", 0, &arena, &entry, &found, &fail) < 0);
    CHECK(passwd_find(passwd, "nogid", 0, &arena, &entry, &found, &fail) < 0);
}

static void test_group(void)
{
    static const char group[] = "root:x:0:root\nwheel:x:10:root,web\nx:x:bad:web\nwebs:x:12:webs\n"
                                "empty:x:13:\n";
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    uint32_t gid = 0;
    uint32_t *gids = NULL;
    size_t count = 0;
    bool found = false;
    CHECK(group_find(group, "wheel", &arena, &gid, &found, &fail) == 0 && found && gid == 10);
    CHECK(group_find(group, "none", &arena, &gid, &found, &fail) == 0 && !found);
    CHECK(group_find(group, "x", &arena, &gid, &found, &fail) < 0);
    group_memberships(group, "web", &arena, &gids, &count);
    CHECK(count == 1 && gids[0] == 10);
}

static void test_user_requests(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct fail fail = {0};
    struct user_request request;
    CHECK(parse_user_request("web:www,a,12", &arena, &request, &fail) == 0);
    CHECK_STR(request.user, "web");
    CHECK_STR(request.group, "www");
    CHECK(request.more_group_count == 2 && strcmp(request.more_groups[1], "12") == 0);
    CHECK(parse_user_request("web,a", &arena, &request, &fail) == 0 && request.group == NULL);
    static const char *const bad[] = {"", ":", "1:", ":1", "a:b:c", "a,", "a,,b", ",a", "a:b,c:d"};
    for (size_t i = 0; i < COUNT(bad); i++)
        ok(parse_user_request(bad[i], &arena, &request, &fail) < 0, bad[i]);
}

int main(void)
{
    test_passwd();
    test_group();
    test_user_requests();
    return done_testing();
}
