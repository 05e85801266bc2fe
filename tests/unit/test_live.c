/* What people write about containers that run: pressure triggers and the OCI's resources; and what
 * the kernel writes about pressure. */
#include <string.h>

#include "../../launcher/observe/events.h"
#include "../../launcher/observe/psi.h"
#include "../../launcher/spec/resources_json.h"
#include "tap.h"

/* ---- triggers ---- */

static const struct {
    const char *text;
    int resource, kind; /* -1: refused */
    int64_t stall_us, window_us;
} TRIGGERS[] = {
    {"memory:150ms/2s", PSI_MEMORY, PSI_SOME, 150000, 2000000},
    {"io.full:1s/10s", PSI_IO, PSI_FULL, 1000000, 10000000},
    {"cpu.some:500000/500000", PSI_CPU, PSI_SOME, 500000, 500000},
    {"cpu:1us/500ms", PSI_CPU, PSI_SOME, 1, 500000},
    {"", -1, -1, 0, 0},
    {":", -1, -1, 0, 0},
    {"cpu", -1, -1, 0, 0},
    {"cpu:1ms", -1, -1, 0, 0},
    {"cpu/1ms:2s", -1, -1, 0, 0},
    {"cpu:0/2s", -1, -1, 0, 0},
    {"cpu:1ms/499ms", -1, -1, 0, 0},
    {"cpu:1ms/10001ms", -1, -1, 0, 0},
    {"cpu:3s/2s", -1, -1, 0, 0},
    {"cpu:1 ms/2s", -1, -1, 0, 0},
    {"cpu:+1ms/2s", -1, -1, 0, 0},
    {"cpu:1msx/2s", -1, -1, 0, 0},
    {"cpu.:1ms/2s", -1, -1, 0, 0},
    {".full:1ms/2s", -1, -1, 0, 0},
    {"cpuset:1ms/2s", -1, -1, 0, 0},
    {"cpu:18446744073709551617s/2s", -1, -1, 0, 0},
};

static void test_triggers(void)
{
    for (size_t i = 0; i < sizeof(TRIGGERS) / sizeof(TRIGGERS[0]); i++) {
        struct pressure_trigger trigger = {.resource = PSI_CPU};
        struct fail fail = {0};
        int result = pressure_trigger_parse(TRIGGERS[i].text, &trigger, &fail);
        if (TRIGGERS[i].resource < 0)
            ok(result < 0 && fail.text[0] != '\0', TRIGGERS[i].text);
        else
            ok(result == 0 && (int)trigger.resource == TRIGGERS[i].resource &&
                   (int)trigger.kind == TRIGGERS[i].kind &&
                   trigger.stall_us == TRIGGERS[i].stall_us &&
                   trigger.window_us == TRIGGERS[i].window_us,
               TRIGGERS[i].text);
    }
}

/* ---- pressure ---- */

static void test_psi(void)
{
    struct psi_line lines[PSI_KIND_COUNT];
    psi_parse("some avg10=1.25 avg60=2.00 avg300=3.50 total=615448828\n"
              "full avg10=0.00 avg60=0.10 avg300=0.00 total=7\n",
              lines);
    ok(lines[PSI_SOME].set && lines[PSI_SOME].avg10 == 1.25 && lines[PSI_SOME].avg60 == 2 &&
           lines[PSI_SOME].avg300 == 3.5,
       "the averages of some");
    is_int(lines[PSI_SOME].total_us, 615448828, "its total");
    ok(lines[PSI_FULL].set && lines[PSI_FULL].avg60 == 0.1, "the averages of full");
    is_int(lines[PSI_FULL].total_us, 7, "the total of full is its own");
    psi_parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n", lines);
    ok(lines[PSI_SOME].set && !lines[PSI_FULL].set, "a kernel without full of the CPU");
    psi_parse("", lines);
    ok(!lines[PSI_SOME].set && !lines[PSI_FULL].set, "an empty file");
}

/* ---- resources ---- */

static int read_json(const char *text, struct arena *arena, struct spec_resources *resources,
                     struct fail *fail)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);
    int result = resources_from_json(json, arena, resources, fail);
    json_decref(json);
    return result;
}

static void test_resources(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec_resources got = {.cpuset_cpus = NULL};
    struct fail fail = {0};
    int result = read_json(
        "{\"memory\":{\"limit\":100,\"swap\":-1,\"reservation\":0,\"kernel\":0},"
        "\"cpu\":{\"idle\":0,\"mems\":\"\",\"cpus\":\"0-1\"},\"pids\":null,"
        "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":0}]},"
        "\"rdma\":{\"mlx5_0\":{\"hcaHandles\":3}},\"hugepageLimits\":[{\"pageSize\":\"2MB\","
        "\"limit\":4096}],\"unified\":{\"memory.high\":\"80M\"},\"new\":[1,2]}",
        &arena, &got, &fail);
    is_str(fail.text, "", "resources of every kind");
    ok(result == 0 && got.memory_max.set && got.memory_max.value == 100, "memory.limit");
    ok(got.memory_swap.set && got.memory_swap.value == -1, "-1 is unlimited");
    ok(!got.memory_low.set, "0 is not set");
    ok(got.cpu_idle.set && got.cpu_idle.value == 0, "but cpu.idle 0 is");
    ok(got.cpuset_mems == NULL, "an empty cpuset is not set");
    is_str(got.cpuset_cpus, "0-1", "cpu.cpus");
    ok(got.io_device_count == 1 && got.io_devices[0].minor == 16 && got.io_devices[0].rbps.set &&
           got.io_devices[0].rbps.value == -1,
       "a rate of 0 takes the limit away");
    ok(got.rdma_count == 1 && got.rdma[0].handles.value == 3 && !got.rdma[0].objects.set, "rdma");
    ok(got.hugepage_count == 1 && got.hugepages[0].max.value == 4096, "huge pages");
    ok(got.unified_count == 1, "unified");
    static const char *const bad[] = {"[]",
                                      "5",
                                      "\"x\"",
                                      "{\"cpu\":[]}",
                                      "{\"rdma\":[]}",
                                      "{\"hugepageLimits\":{}}",
                                      "{\"hugepageLimits\":[5]}",
                                      "{\"blockIO\":{\"weightDevice\":5}}",
                                      "{\"blockIO\":{\"weightDevice\":[5]}}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(read_json(bad[i], &arena, &got, &fail) < 0, bad[i]);
}

int main(void)
{
    test_triggers();
    test_psi();
    test_resources();
    return done_testing();
}
