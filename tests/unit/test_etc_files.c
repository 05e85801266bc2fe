/* ID.hosts and ID.resolv: their texts, and that they are changed in place. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../launcher/host/net/etc_files.h"
#include "tap.h"

#define LOCAL "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"

static char root[] = "/tmp/test_etc_files.XXXXXX";
static struct spec_interface interfaces[] = {
    {.network = "front"}, {.network = "back"}, {.network = "front"}};
static struct spec_pair hosts[] = {{.key = "db", .value = "192.0.2.7"}};
static const struct spec_network network = {.mode = NET_BRIDGE,
                                            .interfaces = interfaces,
                                            .interface_count = COUNT(interfaces),
                                            .hosts = hosts,
                                            .host_count = COUNT(hosts)};

static void put(int root_fd, const char *name, const char *text)
{
    AUTO_FD int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (write(fd, text, strlen(text)) < 0)
        (void)ok(false, "writing a file");
}

static const char *get(int fd, char text[4096])
{
    ssize_t size = pread(fd, text, 4095, 0);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void test_lease_lines(struct arena *arena)
{
    (void)is_str(etc_lease_lines("", arena), "", "no leases");
    (void)is_str(etc_lease_lines("# launcher0\n" LOCAL "\n10.111.0.2 web\nfd00::a6f:2 web", arena),
                 "10.111.0.2 web\nfd00::a6f:2 web\n", "the header is left out");
    (void)is_str(etc_lease_lines("::1234 a\n::1\tlocalhost\n 10.0.0.1 b\n", arena), "::1234 a\n",
                 "what only begins like it is not");
}

static void test_texts(struct arena *arena)
{
    struct spec_network none = {.mode = NET_NONE};
    (void)is_str(etc_hosts_own(&network, arena), "# networks: front back\n" LOCAL "192.0.2.7 db\n",
                 "the own part names each network once");
    (void)is_str(etc_hosts_own(&none, arena), "# networks:\n" LOCAL, "without networks");
    const char **names = etc_hosts_networks("# networks: front back\nx", arena);
    (void)ok(strcmp(names[0], "front") == 0 && strcmp(names[1], "back") == 0 && names[2] == NULL,
             "the names are read again");
    (void)ok(etc_hosts_networks("127.0.0.1 localhost\n", arena)[0] == NULL, "a foreign file");
    (void)ok(etc_hosts_networks("# networks:", arena)[0] == NULL, "no names");
}

static void test_refresh(int root_fd, int fd, struct arena *arena)
{
    struct fail fail = {0};
    char text[4096];
    put(root_fd, "back.leases", "# back\n10.112.0.9 cache\n10.112.0.10 queue\n");
    (void)ok(etc_hosts_refresh_all(root_fd, "front", arena, &fail) == 0, "refreshing it");
    (void)is_str(get(fd, text),
                 "# networks: front back\n" LOCAL "192.0.2.7 db\n"
                 "# network front\n10.111.0.2 web\n# network back\n10.112.0.9 cache\n10.112.0.10 "
                 "queue\n",
                 "a longer text, in the same file");
    put(root_fd, "front.leases", "");
    put(root_fd, "back.leases", "");
    (void)ok(etc_hosts_refresh_all(root_fd, "other", arena, &fail) == 0 &&
                 strstr(get(fd, text), "queue") != NULL,
             "whoever doesn't follow a network stays as it is");
    (void)ok(etc_hosts_refresh_all(root_fd, "back", arena, &fail) == 0, "refreshing all");
    (void)is_str(get(fd, text),
                 "# networks: front back\n" LOCAL "192.0.2.7 db\n# network front\n# network back\n",
                 "a shorter text, in the same file");
}

static void test_files(int root_fd, struct arena *arena)
{
    struct fail fail = {0};
    struct stat status;
    char text[4096];
    put(root_fd, "front.leases", "# front\n" LOCAL "10.111.0.2 web\n");
    mode_t before = umask(077);
    (void)ok(etc_hosts_write(root_fd, "c", &network, arena, &fail) == 0, "making ID.hosts");
    (void)umask(before);
    AUTO_FD int fd = openat(root_fd, "c.hosts", O_RDONLY | O_CLOEXEC);
    (void)is_str(get(fd, text),
                 "# networks: front back\n" LOCAL "192.0.2.7 db\n"
                 "# network front\n10.111.0.2 web\n# network back\n",
                 "its text; a network without leases is empty");
    (void)ok(fstat(fd, &status) == 0 && (status.st_mode & 07777) == 0644,
             "everybody may read it, whatever the umask");
    test_refresh(root_fd, fd, arena);
    (void)ok(symlinkat("front.leases", root_fd, "s.resolv") == 0 &&
                 etc_resolv_write(root_fd, "s", "x\n", &fail) < 0,
             "a symlink is not followed");
    (void)ok(etc_resolv_write(root_fd, "c", "nameserver 192.0.2.1\n", &fail) == 0 &&
                 etc_resolv_write(root_fd, "c", "\n", &fail) == 0,
             "ID.resolv, twice");
    (void)ok(fstatat(root_fd, "c.resolv", &status, 0) == 0 && status.st_size == 1,
             "is as long as its text");
}

int main(void)
{
    AUTO_ARENA struct arena arena = {0};
    static const char *const left[] = {"front.leases", "back.leases"};
    test_lease_lines(&arena);
    test_texts(&arena);
    if (!ok(mkdtemp(root) != NULL, "a state root of its own"))
        return done_testing();
    AUTO_FD int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    test_files(root_fd, &arena);
    etc_files_remove(root_fd, "c");
    etc_files_remove(root_fd, "s");
    for (size_t i = 0; i < COUNT(left); i++)
        (void)unlinkat(root_fd, left[i], 0);
    (void)ok(rmdir(root) == 0, "nothing of it stays");
    return done_testing();
}
