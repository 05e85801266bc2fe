#include "pasta.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../../shared/arena.h"
#include "../process.h"

enum {
    READY_WITHIN_MS = 20000, /* a pasta that neither gets ready nor ends by then is broken */
    OUTPUT_MAX = 8192,
};

/* ---- finding it ---- */

/* Relative directories of PATH are passed over: what lies in the working directory is not ours to
 * run. */
static const char *find_program(struct arena *arena)
{
    const char *path = getenv("PATH");
    const char *rest = path != NULL ? path : "/usr/local/bin:/usr/bin:/bin";
    while (*rest != '\0') {
        size_t length = strcspn(rest, ":");
        const char *candidate = arena_printf(arena, "%.*s/pasta", (int)length, rest);
        if (*rest == '/' && access(candidate, X_OK) == 0)
            return candidate;
        rest += length + (rest[length] == ':' ? 1 : 0);
    }
    return NULL;
}

bool pasta_installed(void)
{
    AUTO_ARENA struct arena arena = {0};
    return find_program(&arena) != NULL;
}

/* ---- its options: PURE ---- */

struct words {
    struct arena *arena;
    char **words;
    size_t count;
};

static void add_word(struct words *words, const char *word)
{
    *ARENA_APPEND(words->arena, words->words, words->count) =
        word == NULL ? NULL : arena_strdup(words->arena, word);
}

/* Whether `next` goes on where `port` ends, `distance` ports behind it. */
static bool follows(const struct spec_port *port, const struct spec_port *next, unsigned distance)
{
    return next->family == port->family && next->udp == port->udp &&
           memcmp(&next->ip4, &port->ip4, sizeof(port->ip4)) == 0 &&
           memcmp(&next->ip6, &port->ip6, sizeof(port->ip6)) == 0 &&
           next->host_port == port->host_port + distance &&
           next->container_port == port->container_port + distance;
}

/* "[ADDRESS/]FIRST-LAST:FIRST-LAST" */
static const char *port_text(const struct spec_port *port, unsigned count, struct arena *arena)
{
    char address[INET6_ADDRSTRLEN + 1] = "";
    if (port->family != AF_UNSPEC) {
        const void *bytes = port->family == AF_INET ? (const void *)&port->ip4 : &port->ip6;
        (void)inet_ntop(port->family, bytes, address, INET6_ADDRSTRLEN);
        (void)strcat(address, "/");
    }
    if (count == 1)
        return arena_printf(arena, "%s%u:%u", address, port->host_port, port->container_port);
    return arena_printf(arena, "%s%u-%u:%u-%u", address, port->host_port,
                        port->host_port + count - 1, port->container_port,
                        port->container_port + count - 1);
}

/* Without a word from us pasta publishes whatever listens inside. */
static void add_ports(struct words *words, const struct spec_network *network, bool udp)
{
    const char *option = udp ? "-u" : "-t";
    bool any = false;
    for (size_t i = 0; i < network->port_count; i++) {
        const struct spec_port *port = &network->ports[i];
        unsigned count = 1;
        if (port->udp != udp)
            continue;
        while (i + 1 < network->port_count && follows(port, &network->ports[i + 1], count)) {
            count++;
            i++;
        }
        add_word(words, option);
        add_word(words, port_text(port, count, words->arena));
        any = true;
    }
    if (!any) {
        add_word(words, option);
        add_word(words, "none");
    }
}

/* What every container gets. Readiness: the file of -P is written when all is set up, also in the
 * foreground, and ours is the pipe that is pasta's standard error. In the background pasta would
 * neither be our child nor keep the descriptor by which it ends with us. */
static const char *const common_options[] = {
    "--foreground", "--quiet",
    "-P",           "/proc/self/fd/2",
    "--netns",      "/proc/self/fd/0",
    "--config-net", "--no-map-gw", /* else the gateway's address is the host's loopback */
    "-T",           "none",
    "-U",           "none", /* nor does a port of the container's loopback lead there */
};

static bool asks_for_interface_name(const struct spec_network *network)
{
    for (size_t i = 0; i < network->pasta_option_count; i++)
        if (strncmp(network->pasta_options[i], "-I", 2) == 0 ||
            strncmp(network->pasta_options[i], "--ns-ifname", 11) == 0)
            return true;
    return false;
}

/* As root pasta would become nobody, who may not enter the namespaces of a container of root's. */
static void add_namespaces(struct words *words, pid_t init_pid, bool own_user_namespace)
{
    if (own_user_namespace) {
        add_word(words, "--userns");
        add_word(words, arena_printf(words->arena, "/proc/%d/ns/user", (int)init_pid));
    } else {
        add_word(words, "--netns-only");
    }
    if (geteuid() == 0) {
        add_word(words, "--runas");
        add_word(words, "0:0");
    }
}

/* Only then: pasta of 2023 makes every answer of the host's first server look as if that address had
 * given it, also an answer to who asked the server itself. */
static bool asks_pasta_for_names(const struct spec_network *network)
{
    return network->resolv_text != NULL && strstr(network->resolv_text, PASTA_DNS) != NULL;
}

char **pasta_words(const struct spec_network *network, pid_t init_pid, bool own_user_namespace,
                   struct arena *arena)
{
    struct words words = {.arena = arena};
    add_word(&words, "pasta");
    for (size_t i = 0; i < sizeof(common_options) / sizeof(common_options[0]); i++)
        add_word(&words, common_options[i]);
    if (asks_pasta_for_names(network)) {
        add_word(&words, "--dns-forward");
        add_word(&words, PASTA_DNS);
    }
    if (!asks_for_interface_name(network)) { /* pasta wants it once */
        add_word(&words, "--ns-ifname");
        add_word(&words, "eth0");
    }
    add_namespaces(&words, init_pid, own_user_namespace);
    add_ports(&words, network, false);
    add_ports(&words, network, true);
    for (size_t i = 0; i < network->pasta_option_count; i++)
        add_word(&words, network->pasta_options[i]);
    add_word(&words, NULL);
    return words.words;
}

/* ---- in the child, until pasta is executed ---- */

/* pasta has to end when launcher does. PR_SET_PDEATHSIG doesn't last, since it is cleared when pasta
 * gains capabilities in the user namespace; pasta of 2023 doesn't see a namespace of /proc end; and
 * in the foreground it has no PID namespace to die with. But a pipe whose last writer is gone can
 * send a signal, fcntl(2), "F_SETSIG", and that lasts as long as the descriptor: it is standard
 * output, which pasta doesn't close and doesn't write to. */
static int tie_to_launcher(int lifeline_fd)
{
    if (fcntl(lifeline_fd, F_SETOWN, getpid()) < 0 || fcntl(lifeline_fd, F_SETSIG, SIGKILL) < 0 ||
        fcntl(lifeline_fd, F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
        return -errno;
    struct pollfd end = {.fd = lifeline_fd, .events = POLLIN};
    return poll(&end, 1, 0) == 0 ? 0 : -ESRCH; /* launcher ended before the signal was set */
}

/* What pasta has as its standard descriptors; no other gets into it. The namespace is one of them,
 * since pasta as root drops the capabilities first that opening /proc/PID/ns/net wants, and newer
 * ones close all others. */
struct pasta_fds {
    int netns, lifeline, output;
};

__attribute__((noreturn)) static void run_pasta(const char *path, char *const *words,
                                                const struct pasta_fds *fds, int launchers_end)
{
    (void)close(launchers_end); /* else pasta's own copy would keep the pipe alive */
    (void)setsid(); /* ^C is for the container: it needs its network until it has ended */
    process_reset_signals();
    if (tie_to_launcher(fds->lifeline) < 0 || dup2(fds->netns, STDIN_FILENO) < 0 ||
        dup2(fds->lifeline, STDOUT_FILENO) < 0 || dup2(fds->output, STDERR_FILENO) < 0 ||
        syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(EXIT_LAUNCHER);
    (void)execv(path, words);
    (void)dprintf(STDERR_FILENO, "executing %s: %s\n", path, strerror(errno));
    _exit(EXIT_LAUNCHER);
}

/* ---- waiting until it is ready ---- */

/* Lines that say nothing of why it didn't start. */
static const char *const noise[] = {
    "Failed to send ",                        /* ... bytes to syslog: there is none */
    "No external routable interface for IPv", /* there may be one for the other */
    "Couldn't get any nameserver address",
};

static bool is_noise(const char *line)
{
    for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
        if (strncmp(line, noise[i], strlen(noise[i])) == 0)
            return true;
    return *line == '\0';
}

/* Its last words are why it ended; but what is said of a wrong option comes before the help. Cuts
 * `output` into lines. */
static const char *telling_line(char *output)
{
    const char *telling = "it ended without a word";
    for (char *rest = output, *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "Usage:", 6) == 0)
            break;
        if (!is_noise(line))
            telling = line;
    }
    return telling;
}

static const struct {
    const char *words; /* of pasta */
    const char *hint;
} cures[] = {
    {"tun ", "pasta makes a tun device: /dev/net/tun must be there (modprobe tun) and open to the "
             "user (chmod 666 /dev/net/tun)"},
    {"ermission denied) for option", "ports below net.ipv4.ip_unprivileged_port_start are root's: "
                                     "publish a higher one, or lower it with sysctl"},
    {"bind", "another program has a published port already: ss -lntup shows which; ports below "
             "net.ipv4.ip_unprivileged_port_start are root's"},
    {"nterface", "pasta copies the interface that has the host's default route: ip route show "
                 "default; or use --net none"},
    {"option", "what is behind --net pasta, goes to pasta as it is: see pasta(1)"},
};

static int fail_start(char *output, struct fail *fail)
{
    const char *line = telling_line(output);
    (void)fail_set(fail, "starting pasta: %.300s", line);
    fail->code = -EIO;
    for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++)
        if (strstr(line, cures[i].words) != NULL)
            return fail_hint(fail, "%s", cures[i].hint);
    return fail->code;
}

/* The line that -P writes is the pid and nothing else. */
static bool says_ready(const char *output, pid_t pid)
{
    char line[16];
    int length = snprintf(line, sizeof(line), "%d", (int)pid);
    for (const char *at = output; (at = strstr(at, line)) != NULL; at++)
        if ((at == output || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
            return true;
    return false;
}

static int wait_for_output(int output_fd, int64_t deadline_ms, struct fail *fail)
{
    while (true) {
        int64_t left_ms = deadline_ms - process_now_ms();
        struct pollfd output = {.fd = output_fd, .events = POLLIN};
        int ready = left_ms > 0 ? poll(&output, 1, (int)left_ms) : 0;
        if (ready > 0)
            return 0;
        if (ready == 0)
            return fail_code(fail, -ETIMEDOUT, "waiting %d s for pasta to get ready",
                             READY_WITHIN_MS / 1000);
        if (errno != EINTR)
            return fail_sys(fail, "waiting for pasta");
    }
}

/* Until the pid comes by the pipe, or its end: pasta has given up. What doesn't fit is dropped. */
static int await_ready(int output_fd, pid_t pid, struct fail *fail)
{
    char output[OUTPUT_MAX] = "", dropped[512];
    size_t used = 0;
    int64_t deadline_ms = process_now_ms() + READY_WITHIN_MS;
    while (true) {
        TRY(wait_for_output(output_fd, deadline_ms, fail));
        bool full = used == sizeof(output) - 1;
        ssize_t got = full ? read(output_fd, dropped, sizeof(dropped))
                           : read(output_fd, output + used, sizeof(output) - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_sys(fail, "reading what pasta says");
        if (got == 0)
            return fail_start(output, fail);
        used += full ? 0 : (size_t)got;
        output[used] = '\0';
        if (says_ready(output, pid))
            return 0;
    }
}

/* ---- in launcher ---- */

static int try_bind(const struct spec_port *port, int family, struct fail *fail)
{
    struct sockaddr_in ip4 = {
        .sin_family = AF_INET, .sin_port = htons(port->host_port), .sin_addr = port->ip4};
    struct sockaddr_in6 ip6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port->host_port), .sin6_addr = port->ip6};
    bool is_ip4 = family == AF_INET;
    AUTO_FD int fd = socket(family, (port->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0) /* a host without IPv6 */
        return errno == EAFNOSUPPORT ? 0 : fail_sys(fail, "creating a socket");
    int one = 1; /* else a connection that was closed a minute ago would count; and IPv4 is apart */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, port->udp ? &(int){0} : &one, sizeof(one));
    if (!is_ip4)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    int result = is_ip4 ? bind(fd, (const struct sockaddr *)&ip4, sizeof(ip4))
                        : bind(fd, (const struct sockaddr *)&ip6, sizeof(ip6));
    if (result == 0 && !port->udp)
        result = listen(fd, 1);
    if (result == 0 || (errno == EADDRNOTAVAIL && port->family == AF_UNSPEC))
        return 0;
    int error = errno;
    (void)fail_sys(fail, "publishing %s port %u", port->udp ? "UDP" : "TCP", port->host_port);
    return fail_hint(fail, "%s",
                     error == EACCES
                         ? "ports below net.ipv4.ip_unprivileged_port_start are root's: "
                           "publish a higher one, or lower it with sysctl"
                         : "ss -lntup shows which program has it");
}

/* pasta is content with one address of several, and with one port of a range: what can't be had as a
 * whole has to be found before. */
static int check_ports(const struct spec_network *network, struct fail *fail)
{
    for (size_t i = 0; i < network->port_count; i++) {
        const struct spec_port *port = &network->ports[i];
        if (port->family != AF_INET6)
            TRY(try_bind(port, AF_INET, fail));
        if (port->family != AF_INET)
            TRY(try_bind(port, AF_INET6, fail));
    }
    return 0;
}

static int make_pipes(int lifeline[2], int output[2], struct fail *fail)
{
    if (pipe2(lifeline, O_CLOEXEC) < 0)
        return fail_sys(fail, "creating a pipe for pasta");
    if (pipe2(output, O_CLOEXEC) == 0)
        return 0;
    (void)fail_sys(fail, "creating a pipe for pasta");
    own_close(&lifeline[0]);
    own_close(&lifeline[1]);
    return fail->code;
}

static int has_own_user_namespace(pid_t pid, bool *ret_own, struct fail *fail)
{
    char path[64];
    struct stat ours, its;
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
    if (stat("/proc/self/ns/user", &ours) < 0 || stat(path, &its) < 0)
        return fail_sys(fail, "looking at the user namespace of process %d", (int)pid);
    *ret_own = ours.st_ino != its.st_ino || ours.st_dev != its.st_dev;
    return 0;
}

static int open_netns(pid_t pid, struct fail *fail)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : fail_sys(fail, "opening %s", path);
}

static int spawn_pasta(const char *path, char *const *words, int netns_fd, struct pasta *pasta,
                       int *ret_output, struct fail *fail)
{
    int lifeline[2] = {-1, -1}, output[2] = {-1, -1};
    TRY(make_pipes(lifeline, output, fail));
    AUTO_FD int lifeline_read = lifeline[0];
    AUTO_FD int lifeline_write = lifeline[1];
    AUTO_FD int output_read = output[0];
    AUTO_FD int output_write = output[1];
    TRY(process_move_up(&lifeline_read, fail));
    TRY(process_move_up(&output_write, fail));
    int pidfd = -1;
    struct clone_args arguments = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid < 0)
        return fail_sys(fail, "starting pasta: clone3");
    struct pasta_fds fds = {.netns = netns_fd, .lifeline = lifeline_read, .output = output_write};
    if (pid == 0)
        run_pasta(path, words, &fds, lifeline_write);
    *pasta =
        (struct pasta){.pid = (pid_t)pid, .pidfd = pidfd, .lifeline_fd = take_fd(&lifeline_write)};
    *ret_output = take_fd(&output_read);
    return 0;
}

int pasta_start(const struct spec_network *network, pid_t init_pid, struct pasta *ret_pasta,
                struct fail *fail)
{
    AUTO_ARENA struct arena arena = {0};
    AUTO_FD int output_fd = -1;
    struct pasta pasta = PASTA_NONE;
    bool own_user_namespace = false;
    const char *path = find_program(&arena);
    if (path == NULL) {
        (void)fail_code(fail, -ENOENT, "finding pasta");
        return fail_hint(fail, "apt-get install passt, or --net none");
    }
    TRY(check_ports(network, fail));
    TRY(has_own_user_namespace(init_pid, &own_user_namespace, fail));
    AUTO_FD int netns_fd = open_netns(init_pid, fail);
    if (netns_fd < 0)
        return netns_fd;
    TRY(process_move_up(&netns_fd, fail));
    char **words = pasta_words(network, init_pid, own_user_namespace, &arena);
    TRY(spawn_pasta(path, words, netns_fd, &pasta, &output_fd, fail));
    if (await_ready(output_fd, pasta.pid, fail) < 0) {
        pasta_stop(&pasta);
        return fail->code;
    }
    *ret_pasta = pasta;
    return 0;
}

void pasta_stop(struct pasta *pasta)
{
    if (pasta->pid > 0) {
        /* it keeps nothing that an orderly end would save; may be a zombie already */
        (void)syscall(SYS_pidfd_send_signal, pasta->pidfd, SIGKILL, NULL, 0);
        while (waitid(P_PIDFD, (id_t)pasta->pidfd, &(siginfo_t){0}, WEXITED) < 0 && errno == EINTR)
            continue;
    }
    own_close(&pasta->pidfd);
    own_close(&pasta->lifeline_fd);
    pasta->pid = 0;
}
