/* What is said to systemd: names of units, properties, and the messages of D-Bus that carry them. */
#include <stdlib.h>
#include <string.h>

#include "../../launcher/host/cgroup/scope.h"
#include "../../launcher/host/systemd/bus_message.h"
#include "../../launcher/host/systemd/unit_name.h"
#include "tap.h"

/* ---- names ---- */

static const struct {
    const char *text; /* NULL: no cgroupsPath */
    bool of_user;
    const char *name, *slice, *path; /* NULL: refused */
} NAMES[] = {
    {"machine.slice:libpod:abc", false, "libpod-abc.scope", "machine.slice",
     "machine.slice/libpod-abc.scope"},
    {"system.slice:docker:4d5e", false, "docker-4d5e.scope", "system.slice",
     "system.slice/docker-4d5e.scope"},
    {"kubepods-burstable-pod1_2.slice:cri-containerd:x", false, "cri-containerd-x.scope",
     "kubepods-burstable-pod1_2.slice",
     "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
     "cri-containerd-x.scope"},
    {"::x", false, "x.scope", "system.slice", "system.slice/x.scope"},
    {":p:x", true, "p-x.scope", "user.slice", "user.slice/p-x.scope"},
    {"-.slice:p:x", false, "p-x.scope", "-.slice", "p-x.scope"},
    {NULL, false, "launcher-web.scope", "system.slice", "system.slice/launcher-web.scope"},
    {NULL, true, "launcher-web.scope", "user.slice", "user.slice/launcher-web.scope"},
    {"", false, NULL, NULL, NULL},
    {"/web/db", false, NULL, NULL, NULL},
    {"a.slice:x", false, NULL, NULL, NULL},
    {"a.slice:p:x:y", false, NULL, NULL, NULL},
    {"a:p:x", false, NULL, NULL, NULL},
    {".slice:p:x", false, NULL, NULL, NULL},
    {"a-.slice:p:x", false, NULL, NULL, NULL},
    {"-a.slice:p:x", false, NULL, NULL, NULL},
    {"a--b.slice:p:x", false, NULL, NULL, NULL},
    {"a/b.slice:p:x", false, NULL, NULL, NULL},
    {"../a.slice:p:x", false, NULL, NULL, NULL},
    {"a.slice:p:", false, NULL, NULL, NULL},
    {"a.slice:p:x/y", false, NULL, NULL, NULL},
    {"a.slice:p:x y", false, NULL, NULL, NULL},
    {"a.slice:p:../x", false, NULL, NULL, NULL},
    {"a.slice:p:x.slice", false, NULL, NULL, NULL},
};

static void test_names(struct arena *arena)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        struct unit_name unit = {.name = NULL};
        struct fail fail = {.code = 0};
        const char *text = NAMES[i].text != NULL ? NAMES[i].text : "no cgroupsPath";
        int result = unit_name_parse(NAMES[i].text, "web", NAMES[i].of_user, arena, &unit, &fail);
        if (NAMES[i].name == NULL)
            ok(result < 0 && fail.text[0] != '\0', text);
        else
            ok(result == 0 && strcmp(unit.name, NAMES[i].name) == 0 &&
                   strcmp(unit.slice, NAMES[i].slice) == 0 && strcmp(unit.path, NAMES[i].path) == 0,
               text);
    }
    struct unit_name unit;
    struct fail fail = {.code = 0};
    char name[300];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    ok(unit_name_parse(arena_printf(arena, "a.slice:p:%s", name), "web", false, arena, &unit,
                       &fail) < 0,
       "a name of 300 bytes");
}

/* ---- limits ---- */

static const struct unit_property *find(const struct property_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->properties[i].name, name) == 0)
            return &list->properties[i];
    return NULL;
}

static bool is_number(const struct property_list *list, const char *name, uint64_t value)
{
    const struct unit_property *property = find(list, name);
    return property != NULL && property->type == PROPERTY_UINT64 && property->number == value;
}

static struct limit limit_of(int64_t value)
{
    return (struct limit){.set = true, .value = value};
}

static void test_limits(struct arena *arena)
{
    struct spec_resources resources = {
        .memory_max = limit_of(64 << 20),
        .memory_high = limit_of(-1),
        .memory_swap = limit_of(96 << 20),
        .pids_max = limit_of(32),
        .cpu_quota_us = limit_of(33333),
        .cpu_period_us = limit_of(100000),
        .cpu_weight = limit_of(300),
        .cpuset_cpus = "0-1,8",
        .cpuset_mems = "0",
        .io_weight = limit_of(50),
    };
    struct property_list list = limits_systemd(&resources, arena);
    ok(is_number(&list, "MemoryMax", 64 << 20), "MemoryMax");
    ok(is_number(&list, "MemoryHigh", UINT64_MAX), "no limit is the largest number");
    ok(is_number(&list, "MemorySwapMax", 32 << 20), "MemorySwapMax is without the memory");
    ok(is_number(&list, "TasksMax", 32), "TasksMax");
    ok(is_number(&list, "CPUQuotaPerSecUSec", 340000), "a third of a CPU is rounded up to 34 %");
    ok(is_number(&list, "CPUQuotaPeriodUSec", 100000), "CPUQuotaPeriodUSec");
    ok(is_number(&list, "CPUWeight", 300), "CPUWeight");
    ok(is_number(&list, "IOWeight", 50), "IOWeight");
    const struct unit_property *cpus = find(&list, "AllowedCPUs");
    ok(cpus != NULL && cpus->type == PROPERTY_BYTES && cpus->count >= 2 &&
           memcmp(cpus->bytes, "\3\1", 2) == 0,
       "AllowedCPUs has a bit for each CPU");
    ok(find(&list, "AllowedMemoryNodes") != NULL, "AllowedMemoryNodes");

    resources = (struct spec_resources){.cpu_quota_us = limit_of(-1)};
    list = limits_systemd(&resources, arena);
    ok(is_number(&list, "CPUQuotaPerSecUSec", UINT64_MAX), "no quota");
    resources = (struct spec_resources){.pids_max = {.set = false}};
    list = limits_systemd(&resources, arena);
    ok(list.count == 0, "what nobody asked for is no property");
}

/* ---- annotations ---- */

static const struct {
    const char *name, *value;
    const char *property; /* NULL: refused */
    enum property_type type;
    uint64_t number;
    const char *text; /* the words with "|" between them */
} ANNOTATIONS[] = {
    {"TimeoutStopUSec", "uint64 7000000", "TimeoutStopUSec", PROPERTY_UINT64, 7000000, NULL},
    {"KillSignal", "int32 37", "KillSignal", PROPERTY_INT32, 37, NULL},
    {"KillSignal", " 37 ", "KillSignal", PROPERTY_INT32, 37, NULL},
    {"X", "int32 -1", "X", PROPERTY_INT32, UINT64_MAX, NULL},
    {"X", "int64 -9", "X", PROPERTY_INT64, (uint64_t)-9, NULL},
    {"X", "uint64 18446744073709551615", "X", PROPERTY_UINT64, UINT64_MAX, NULL},
    {"X", "uint32 0x10", "X", PROPERTY_UINT32, 16, NULL},
    {"SendSIGHUP", "true", "SendSIGHUP", PROPERTY_BOOL, 1, NULL},
    {"SendSIGHUP", "false", "SendSIGHUP", PROPERTY_BOOL, 0, NULL},
    {"CollectMode", "'inactive-or-failed'", "CollectMode", PROPERTY_STRING, 0,
     "inactive-or-failed"},
    {"X", "\"it's \\\"it\\\"\"", "X", PROPERTY_STRING, 0, "it's \"it\""},
    {"After", "['a.service', \"b.service\"]", "After", PROPERTY_STRINGS, 0, "a.service|b.service"},
    {"After", "[ ]", "After", PROPERTY_STRINGS, 0, ""},
    {"TimeoutStopSec", "7", "TimeoutStopUSec", PROPERTY_UINT64, 7000000, NULL},
    {"TimeoutStopSec", "'7'", NULL, PROPERTY_BOOL, 0, NULL},
    {"TimeoutStopSec", "uint64 18446744073709551615", NULL, PROPERTY_BOOL, 0, NULL},
    {"TimeoutStopSec", "-1", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "word", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "'open", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "'open\\", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "'a' b", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "truely", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "['a'", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "['a' 'b']", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "['a', 5]", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "[", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "int32 2147483648", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "int32 -2147483649", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "uint32 -1", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "uint64 -1", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "uint64", NULL, PROPERTY_BOOL, 0, NULL},
    {"X", "uint64 18446744073709551616", NULL, PROPERTY_BOOL, 0, NULL},
};

static const char *words_of(const struct unit_property *property, struct arena *arena)
{
    const char *text = "";
    if (property->type == PROPERTY_STRING)
        return property->text;
    for (size_t i = 0; i < property->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? "|" : "", property->texts[i]);
    return text;
}

static void test_annotations(struct arena *arena)
{
    for (size_t i = 0; i < sizeof(ANNOTATIONS) / sizeof(ANNOTATIONS[0]); i++) {
        struct property_list list = {.count = 0};
        struct fail fail = {.code = 0};
        const char *key = arena_printf(arena, "org.systemd.property.%s", ANNOTATIONS[i].name);
        const char *name = arena_printf(arena, "%s: %s", key, ANNOTATIONS[i].value);
        int result = property_list_add_annotation(&list, key, ANNOTATIONS[i].value, arena, &fail);
        if (ANNOTATIONS[i].property == NULL) {
            ok(result < 0 && strstr(fail.text, ANNOTATIONS[i].name) != NULL, name);
            continue;
        }
        const struct unit_property *got = find(&list, ANNOTATIONS[i].property);
        ok(result == 0 && got != NULL && got->type == ANNOTATIONS[i].type &&
               got->number == ANNOTATIONS[i].number &&
               (ANNOTATIONS[i].text == NULL ||
                strcmp(words_of(got, arena), ANNOTATIONS[i].text) == 0),
           name);
    }
    struct property_list list = {.count = 0};
    struct fail fail = {.code = 0};
    ok(property_list_add_annotation(&list, "io.kubernetes.x", "anything", arena, &fail) == 0 &&
           list.count == 0,
       "other annotations are passed over");
}

/* ---- messages ---- */

/* The same call, put together by hand. */
static const unsigned char STOP_UNIT[] =
    "l\1\0\1\x18\0\0\0\7\0\0\0x\0\0\0"
    "\1\1o\0\31\0\0\0/org/freedesktop/systemd1\0\0\0\0\0\0\0"
    "\2\1s\0 \0\0\0org.freedesktop.systemd1.Manager\0\0\0\0\0\0\0\0"
    "\3\1s\0\10\0\0\0StopUnit\0\0\0\0\0\0\0\0"
    "\10\1g\0\2ss\0"
    "\7\0\0\0x.scope\0\7\0\0\0replace";

static const struct bus_method STOP = {.path = "/org/freedesktop/systemd1",
                                       .interface = "org.freedesktop.systemd1.Manager",
                                       .member = "StopUnit",
                                       .signature = "ss"};

static struct bus_writer stop_message(struct arena *arena)
{
    struct bus_writer writer = bus_call_begin(&STOP, 7, arena);
    bus_put_string(&writer, "x.scope");
    bus_put_string(&writer, "replace");
    bus_call_end(&writer);
    return writer;
}

static void test_message(struct arena *arena)
{
    struct bus_writer writer = stop_message(arena);
    struct bus_message message;
    ok(writer.size == sizeof(STOP_UNIT) && memcmp(writer.bytes, STOP_UNIT, writer.size) == 0,
       "a call is written as the specification says");
    ok(bus_message_size(writer.bytes) == writer.size, "its beginning tells its length");
    ok(bus_message_parse(writer.bytes, writer.size, &message) && message.type == BUS_CALL &&
           strcmp(message.member, "StopUnit") == 0 && strcmp(message.path, STOP.path) == 0 &&
           strcmp(message.interface, STOP.interface) == 0 && strcmp(message.signature, "ss") == 0,
       "and it is read again");
    is_str(bus_read_string(&message.body), "x.scope", "with its first argument");
    is_str(bus_read_string(&message.body), "replace", "and its second");
    ok(!message.body.bad, "which fit");
    is_str(bus_read_string(&message.body), "", "there is no third");
    ok(message.body.bad, "which is noticed");
}

/* Whatever is changed in a message: it is refused, or read within its bounds, which the sanitizers see. */
static void test_damage(struct arena *arena)
{
    struct bus_writer writer = stop_message(arena);
    size_t taken = 0;
    for (size_t at = 0; at < writer.size; at++)
        for (unsigned value = 0; value < 256; value += 15) {
            unsigned char *bytes = malloc(writer.size);
            struct bus_message message;
            memcpy(bytes, writer.bytes, writer.size);
            bytes[at] = (unsigned char)value;
            if (bus_message_parse(bytes, writer.size, &message)) {
                (void)bus_read_string(&message.body);
                (void)bus_read_signature(&message.body);
                (void)bus_read_u32(&message.body);
                taken++;
            }
            free(bytes);
        }
    ok(taken > 0 && taken < writer.size * 18, "damaged messages do no harm");
    for (size_t size = 0; size < writer.size; size++) {
        struct bus_message message;
        if (bus_message_parse(writer.bytes, size, &message))
            ok(false, "a message that is cut off is taken");
    }
    ok(true, "those that are cut off are none");
}

static void test_properties(struct arena *arena)
{
    struct property_list list = {.count = 0};
    struct bus_writer writer = {.arena = arena};
    property_list_add(&list, arena,
                      (struct unit_property){.name = "A", .type = PROPERTY_BOOL, .number = 1});
    property_list_add(&list, arena,
                      (struct unit_property){.name = "B", .type = PROPERTY_PIDS, .number = 5});
    property_list_add(
        &list, arena,
        (struct unit_property){.name = "C", .type = PROPERTY_BYTES, .bytes = "\1\2", .count = 2});
    property_list_put(&list, &writer);
    ok(writer.size >= 8 && writer.bytes[0] == writer.size - 8, "a list says how long it is");
    struct bus_reader reader = {.bytes = writer.bytes, .size = writer.size, .at = 8};
    is_str(bus_read_string(&reader), "A", "its first property");
    is_str(bus_read_signature(&reader), "b", "is a switch");
    is_int(bus_read_u32(&reader), 1, "that is on");
    reader.at = (reader.at + 7) / 8 * 8;
    is_str(bus_read_string(&reader), "B", "its second");
    is_str(bus_read_signature(&reader), "au", "is a list of numbers");
    is_int(bus_read_u32(&reader), 4, "of four bytes");
    is_int(bus_read_u32(&reader), 5, "with one in it");
    reader.at = (reader.at + 7) / 8 * 8;
    is_str(bus_read_string(&reader), "C", "its third");
    is_str(bus_read_signature(&reader), "ay", "is a list of bytes");
    is_int(bus_read_u32(&reader), 2, "two of them");
    ok(!reader.bad && reader.at + 2 == writer.size, "with which it ends");
}

int main(void)
{
    struct arena arena = {0};
    test_names(&arena);
    test_limits(&arena);
    test_annotations(&arena);
    test_message(&arena);
    test_damage(&arena);
    test_properties(&arena);
    arena_release(&arena);
    return done_testing();
}
