/* The record of a container: what was written is read again, and what a crash cut off is that of a
 * container that owns nothing yet. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../launcher/run/state_record.h"
#include "tap.h"

/* One with all that create puts on record. */
static struct state_record created(void)
{
    static const char *sentences[] = {"becoming user 0 and group 0", "executing true"};
    static struct spec_pair annotations[] = {{"some.key", "some \"value\""}};
    return (struct state_record){
        .id = "web",
        .rootfs = "/images/web",
        .bundle = "/bundles/web",
        .created = "2026-11-26T02:00:00.000000001Z",
        .owner = 1000,
        .annotations = annotations,
        .annotation_count = 1,
        .command = "true",
        .detached = true,
        .plain = true,
        .start = {.op = 40, .sentences = sentences, .sentence_count = 2, .command = "true"},
        .init_pid = 4711,
        .init_starttime = UINT64_C(123456789012),
        .cgroups = {{"/sys/fs/cgroup/pids/web", false}, {"/sys/fs/cgroup/memory/web", true}},
        .cgroup_count = 2,
        .resctrl = {"/sys/fs/resctrl/web"},
        .resctrl_count = 1,
    };
}

static int file_with(const char *text, size_t size)
{
    int fd = memfd_create("record", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

static void rewrite(int fd, const struct state_record *record)
{
    char *text = state_record_text(record);
    if (text == NULL || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text) ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    free(text);
}

static bool same_text(const struct state_record *one, const struct state_record *other)
{
    char *first = state_record_text(one), *second = state_record_text(other);
    bool same = first != NULL && second != NULL && strcmp(first, second) == 0;
    free(first);
    free(second);
    return same;
}

static void test_round_trip(struct arena *arena)
{
    struct state_record written = created();
    int fd = file_with("", 0);
    rewrite(fd, &written);
    struct state_record got = state_record_read(fd, "web", arena);
    ok(same_text(&written, &got), "a record of create is read as it was written");
    ok(got.plain && got.detached && !got.monitored && !got.leftovers, "and so are its flags");
    ok(got.cgroup_count == 2 && !got.cgroups[0].kept && got.cgroups[1].kept,
       "and which of its cgroups were there before");

    struct state_record monitored = {.id = "web", .monitored = true, .created = "now"};
    monitored.end = (struct state_end){.set = true, .status = {.set = true, .value = 137}};
    int other = file_with("", 0);
    rewrite(other, &monitored);
    got = state_record_read(other, "web", arena);
    ok(got.monitored && !got.detached && !got.plain, "one of run --detach is not taken for plain");
    ok(got.end.set && got.end.status.value == 137 && !got.end.oom_kills.set, "its end is read");
    (void)close(fd);
    (void)close(other);
}

static void test_reading_again(struct arena *arena)
{
    struct state_record record = created();
    int fd = file_with("", 0);
    rewrite(fd, &record);
    struct state_record got = state_record_read(fd, "web", arena);
    const char *rootfs = got.rootfs;
    (void)lseek(fd, 0, SEEK_SET);
    state_record_read_again(fd, arena, &got);
    ok(got.rootfs == rootfs && got.init_pid == 4711, "what has not changed is kept as it is");
    record.init_pid = 4712;
    rewrite(fd, &record);
    state_record_read_again(fd, arena, &got);
    ok(got.init_pid == 4712, "what has changed is read");
    (void)close(fd);
}

/* A later record is never shorter, so a crash in the middle of the first write is all there is. */
static void test_unfinished(struct arena *arena)
{
    struct state_record record = created();
    char *text = state_record_text(&record);
    size_t size = text != NULL ? strlen(text) : 0, owning = 0;
    for (size_t cut = 0; cut < size; cut++) {
        int fd = file_with(text, cut);
        struct state_record got = state_record_read(fd, "web", arena);
        owning += got.init_pid != 0 || got.cgroup_count != 0 || got.detached ? 1 : 0;
        (void)close(fd);
    }
    free(text);
    ok(size > 0 && owning == 0, "cut off at any byte it owns nothing");
}

int main(void)
{
    struct arena arena = {0};
    test_round_trip(&arena);
    test_reading_again(&arena);
    test_unfinished(&arena);
    arena_release(&arena);
    return done_testing();
}
