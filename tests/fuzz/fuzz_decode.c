/* Any bytes at all go to the reader of init programs: it must refuse or stay inside them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../launcher/plan/sentence.h"
#include "../../shared/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const void *program)
{
    char sentence[SENTENCE_MAX];
    for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL;)
        op_sentence(program, op, sentence);
}

static size_t touch_exec(void *program, const struct op_head *op)
{
    size_t bytes = 0;
    const struct op_exec *exec = (const void *)op;
    const uint64_t *slots = program_slots(program, exec->argv);
    for (size_t i = 0; slots[i] != 0; i++)
        bytes += strlen((const char *)(uintptr_t)slots[i]);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *program = NULL;
    if (posix_memalign(&program, 8, size + 1) != 0)
        return 0;
    memcpy(program, data, size);
    if (program_check(program, size) == 0) {
        read_all(program);
        program_relocate(program);
        for (const struct op_head *op = NULL; (op = program_next(program, op)) != NULL;)
            if (op->kind == OP_EXEC)
                (void)touch_exec(program, op);
    }
    free(program);
    return 0;
}
