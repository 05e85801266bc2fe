#include <stdlib.h>

#include "../plan/plan_print.h"
#include "../spec/spec_print.h"
#include "prepare.h"

static int print_json(const struct prepared *prepared, struct fail *fail)
{
    json_t *json = json_pack("{s:o, s:o}", "spec", spec_to_json(&prepared->spec), "plan",
                             plan_to_json(&prepared->plan));
    AUTO_FREE char *text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    if (text == NULL)
        return fail_set(fail, "printing the plan as JSON: it holds text that is not UTF-8");
    (void)puts(text);
    return 0;
}

int cmd_plan(struct invocation *invocation, int *ret_exit_status, struct fail *fail)
{
    struct prepared prepared = {0};
    *ret_exit_status = 0;
    TRY(prepare(invocation, "plan", &prepared, fail));
    if (prepared.options.help_wanted)
        return 0;
    if (prepared.options.json)
        return print_json(&prepared, fail);
    spec_print_text(&prepared.spec, stdout);
    (void)putchar('\n');
    plan_print_text(&prepared.plan, stdout);
    return 0;
}
