/* The judgement of a container's end, and the line that tells it. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "../../launcher/run/report.h"
#include "tap.h"

#define MIB (INT64_C(1) << 20)

enum { EXIT_3 = 3 << 8 };

static struct spec_rlimit cpu_time[] = {{.name = "cpu", .resource = RLIMIT_CPU, .soft = 10}};

static const struct end_case {
    const char *name;
    struct report report;
    size_t rlimit_count;
    const char *line;
} CASES[] = {
    {"a payload that ended by itself", {.ended = true, .wait_status = EXIT_3}, 0, ""},
    {"one that was killed by somebody", {.ended = true, .wait_status = SIGKILL}, 0, ""},
    {"the limit of v2",
     {.ended = true,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, 100 * MIB},
                .memory_peak = {true, 100 * MIB},
                .oom_kills = {true, 1},
                .memory_failures = {true, 1}}},
     0,
     "the payload was killed by the memory limit (100 MiB; peak 100 MiB, oom_kill 1)"},
    {"a kernel that knows no peak",
     {.ended = true,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, MIB / 2},
                .oom_kills = {true, 1},
                .memory_failures = {true, 1}}},
     0,
     "the payload was killed by the memory limit (512 KiB; oom_kill 1)"},
    {"the limit of v1, where the peak tells",
     {.ended = true,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, 1536 * MIB},
                .memory_peak = {true, 1536 * MIB - 4096},
                .oom_kills = {true, 1}}},
     0,
     "the payload was killed by the memory limit (1.5 GiB; peak 1.5 GiB, oom_kill 1)"},
    {"v1, killed far below its limit",
     {.ended = true,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, 100 * MIB},
                .memory_peak = {true, 60 * MIB},
                .oom_kills = {true, 1}}},
     0,
     "the payload was killed for want of memory on the host or in a cgroup above (100 MiB; peak 60 "
     "MiB, oom_kill 1)"},
    {"v2, killed without having hit its limit",
     {.ended = true,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, -1},
                .memory_peak = {true, 60 * MIB},
                .oom_kills = {true, 2},
                .memory_failures = {true, 0}}},
     0,
     "the payload was killed for want of memory on the host or in a cgroup above (peak 60 MiB, "
     "oom_kill 2)"},
    {"a child that was killed",
     {.ended = true,
      .wait_status = EXIT_3,
      .usage = {.memory_limit = {true, MIB}, .oom_kills = {true, 1}, .memory_failures = {true, 1}}},
     0,
     "a process of the payload was killed by the memory limit (1 MiB; oom_kill 1)"},
    {"several of them",
     {.ended = true,
      .wait_status = 0,
      .usage = {.memory_limit = {true, MIB}, .oom_kills = {true, 3}, .memory_failures = {true, 1}}},
     0,
     "processes of the payload were killed by the memory limit (1 MiB; oom_kill 3)"},
    {"all of it at once",
     {.ended = false,
      .wait_status = SIGKILL,
      .usage = {.memory_limit = {true, MIB}, .oom_kills = {true, 4}, .memory_failures = {true, 1}}},
     0,
     "the container was killed by the memory limit (1 MiB; oom_kill 4)"},
    {"a limit that was hit and killed nobody",
     {.ended = true,
      .wait_status = 0,
      .usage = {.memory_limit = {true, MIB}, .oom_kills = {true, 0}, .memory_failures = {true, 7}}},
     0,
     ""},
    {"the CPU time",
     {.ended = true, .wait_status = SIGXCPU},
     1,
     "the payload was killed by the CPU time limit (10 s)"},
    {"SIGXCPU of somebody else", {.ended = true, .wait_status = SIGXCPU}, 0, ""},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct spec spec = {
            .process = {.rlimits = cpu_time, .rlimit_count = CASES[i].rlimit_count}};
        is_str(report_line(&CASES[i].report, &spec, &arena), CASES[i].line, CASES[i].name);
    }
    return done_testing();
}
