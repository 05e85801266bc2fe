/* PURE: no system call is made in this file but the output of its caller's stream. */
#include "plan_print.h"

#include "../../shared/decode.h"
#include "sentence.h"

static void print_line(FILE *stream, size_t number, const char *tag, const char *sentence)
{
    char bracketed[16];
    (void)snprintf(bracketed, sizeof(bracketed), "[%s]", tag);
    (void)fprintf(stream, "%4zu  %-9s %s\n", number, bracketed, sentence);
}

static void print_ops(const struct plan *plan, FILE *stream, size_t number)
{
    char sentence[SENTENCE_MAX];
    const void *program = plan->program.bytes;
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL;) {
        op_sentence(program, op, sentence);
        print_line(stream, ++number, op_tag(op->kind), sentence);
    }
}

void plan_print_text(const struct plan *plan, FILE *stream)
{
    char sentence[SENTENCE_MAX];
    (void)fputs("launcher, on the host:\n", stream);
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct host_step *step = &plan->steps[i];
        host_step_sentence(step, sentence);
        print_line(stream, i + 1, host_step_tag(step->kind), sentence);
    }
    /* launcher looks after the container from before cinit's first step to the container's end. */
    (void)fputs("cinit, in the container, meanwhile:\n", stream);
    print_ops(plan, stream, plan->step_count);
}

static json_t *step_to_json(const char *name, const char *tag, const char *sentence)
{
    return json_pack("{s:s, s:s, s:s}", "step", name, "tag", tag, "sentence", sentence);
}

static json_t *host_steps_to_json(const struct plan *plan)
{
    json_t *steps = json_array();
    char sentence[SENTENCE_MAX];
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct host_step *step = &plan->steps[i];
        host_step_sentence(step, sentence);
        (void)json_array_append_new(
            steps, step_to_json(host_step_name(step->kind), host_step_tag(step->kind), sentence));
    }
    return steps;
}

static json_t *ops_to_json(const struct plan *plan)
{
    json_t *steps = json_array();
    char sentence[SENTENCE_MAX];
    const void *program = plan->program.bytes;
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL;) {
        op_sentence(program, op, sentence);
        (void)json_array_append_new(steps,
                                    step_to_json(op_name(op->kind), op_tag(op->kind), sentence));
    }
    return steps;
}

json_t *plan_to_json(const struct plan *plan)
{
    return json_pack("{s:o, s:o}", "host", host_steps_to_json(plan), "cinit", ops_to_json(plan));
}
