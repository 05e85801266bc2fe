/* The wire format: the bytes of a small program are written down here, so that a change of the
 * format can't happen unseen; and what the reader must refuse. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../launcher/plan/sentence.h"
#include "../../shared/decode.h"
#include "../../shared/encode.h"
#include "tap.h"

static unsigned char *make_program(struct arena *arena, size_t *ret_size)
{
    struct encoder encoder = encode_begin(arena);
    struct op_text *hostname = encode_op(&encoder, OP_HOSTNAME, 0);
    hostname->text = encode_text(&encoder, "web");
    const char *argv[] = {"sh", "-c"};
    const char *path = "/bin/sh";
    struct op_exec *exec = encode_op(&encoder, OP_EXEC, EXEC_SIGCHLD_IGNORED);
    exec->paths = encode_list(&encoder, &path, 1);
    exec->argv = encode_list(&encoder, argv, 2);
    exec->environment = encode_list(&encoder, NULL, 0);
    exec->signal_mask = 0x8000;

    unsigned char *program = NULL;
    struct fail fail = {0};
    int result = encode_finish(&encoder, PROGRAM_TRACE, &program, ret_size, &fail);
    ok(result == 0, "a program is encoded");
    return program;
}

/* Header, HOSTNAME, EXEC, three lists, the strings. */
static const char GOLDEN[] =
    "636e6974010001009300000002000000500000008000000010000000100000008100000000000000"
    "28000100280000005000000001000000600000000200000078000000000000000080000000000000"
    "850000000000000000000000000000008d0000000000000090000000000000000000000000000000"
    "000000000000000000776562002f62696e2f7368007368002d6300";

static void test_golden_bytes(void)
{
    AUTO_ARENA struct arena arena = {0};
    size_t size = 0;
    const unsigned char *program = make_program(&arena, &size);
    char text[1024] = "";
    for (size_t i = 0; i < size && i < 500; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", program[i]);
    is_str(text, GOLDEN, "the bytes of a program are what they always were");
}

static void test_reading_back(void)
{
    AUTO_ARENA struct arena arena = {0};
    size_t size = 0;
    unsigned char *program = make_program(&arena, &size);
    is_int(program_check(program, size), 0, "the reader accepts what the writer made");

    char sentence[SENTENCE_MAX];
    op_sentence(program, program_op(program, 0), sentence);
    is_str(sentence, "setting the host name to web", "a sentence names its object");
    op_sentence(program, program_op(program, 1), sentence);
    is_str(sentence, "executing sh -c", "a sentence joins a list");
    ok(program_op(program, 2) == NULL, "there is no third op");

    program_relocate(program);
    const struct op_exec *exec = (const void *)program_op(program, 1);
    char *const *argv = (char *const *)(const void *)program_slots(program, exec->argv);
    is_str(argv[1], "-c", "a relocated list holds pointers");
    ok(argv[2] == NULL, "and ends with NULL, as execve wants it");
}

/* No prefix of a program is a program, and no single byte makes the reader leave the buffer: the
 * sanitizer build would tell. */
static void test_truncation(void)
{
    AUTO_ARENA struct arena arena = {0};
    size_t size = 0;
    const unsigned char *program = make_program(&arena, &size);
    size_t accepted = 0;
    for (size_t length = 0; length < size; length++) {
        void *copy = arena_copy(&arena, program, length);
        accepted += program_check(copy, length) == 0 ? 1 : 0;
    }
    is_int((long)accepted, 0, "no truncated program is accepted");
}

static void test_hostile_fields(void)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *name;
    } ROWS[] = {
        {0, 0x12345678, "a wrong magic is refused"},
        {4, 2, "a wrong version is refused"},
        {8, UINT32_MAX, "a wrong size is refused"},
        {12, 3, "more ops than there are is refused"},
        {16, 4, "ops that end before they begin are refused"},
        {20, UINT32_MAX, "strings behind the end are refused"},
        {24, 0xffff, "an unknown op is refused"},
        {28, 8, "an op of a wrong size is refused"},
        {32, UINT32_MAX, "a string behind the end is refused"},
        {32, 1, "a string in the header is refused"},
        {48, UINT32_MAX, "a list behind the end is refused"},
        {52, UINT32_MAX, "a list with 2^32 slots is refused (CVE-2021-43784)"},
        {56, 80, "a list that overlaps another is refused"},
    };
    AUTO_ARENA struct arena arena = {0};
    size_t size = 0;
    const unsigned char *program = make_program(&arena, &size);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char *copy = arena_copy(&arena, program, size);
        memcpy(copy + ROWS[i].at, &ROWS[i].value, sizeof(ROWS[i].value));
        is_int(program_check(copy, size), -EPROTO, ROWS[i].name);
    }
}

static void test_no_terminator(void)
{
    AUTO_ARENA struct arena arena = {0};
    size_t size = 0;
    unsigned char *program = make_program(&arena, &size);
    program[size - 1] = 'x';
    is_int(program_check(program, size), -EPROTO, "a last string without its NUL is refused");
}

int main(void)
{
    test_golden_bytes();
    test_reading_back();
    test_truncation();
    test_hostile_fields();
    test_no_terminator();
    return done_testing();
}
