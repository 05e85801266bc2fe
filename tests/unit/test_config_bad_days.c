/* config.json: texts that are cut off, hold a NUL, are deep or large; and the one that `launcher spec`
 * writes, which they are made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../launcher/spec/config_default.h"
#include "config_text.h"

/* A text in memory of exactly its size, so that a byte too far is seen by the sanitizers. */
static int read_exactly(const char *text, size_t size)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct fail fail = {0};
    char *exact = malloc(size + (size == 0 ? 1 : 0));
    if (exact == NULL)
        return 1;
    memcpy(exact, text, size);
    int result = config_read("c", exact, size, &arena, &spec, &notes, &fail);
    free(exact);
    return result;
}

static void test_truncated(const char *text)
{
    size_t size = strlen(text), refused = 0;
    while (size > 0 && text[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size; i++)
        refused += read_exactly(text, i) < 0 ? 1 : 0;
    is_int((long long)refused, (long long)size, "cut off at any byte it is refused");
    is_int(read_exactly(text, size), 0, "and as a whole it is not");
}

static void test_nul_anywhere(const char *text)
{
    size_t size = strlen(text), refused = 0, tried = 0;
    char *copy = strdup(text);
    for (size_t i = 0; copy != NULL && i < size; i++) {
        char byte = copy[i];
        copy[i] = '\0';
        refused += read_exactly(copy, size) < 0 ? 1 : 0;
        tried++;
        copy[i] = byte;
    }
    free(copy);
    is_int((long long)refused, (long long)tried, "a NUL at any byte is refused");
}

static void test_depth(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct fail fail = {0};
    enum { SIZE = 1000000 };
    char *text = arena_alloc(&arena, SIZE + 1);
    memset(text, '[', SIZE);
    memcpy(text, "{\"a\":", 5);
    ok(config_read("c", text, SIZE, &arena, &spec, &notes, &fail) < 0, "a million brackets");
    is_str(fail.text, "c:1:133: nested deeper than 128 levels", "  are too many");
}

static void test_large(void)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct fail fail = {0};
    enum { ENTRIES = 400000, ENTRY = 32 };
    char *text = arena_alloc(&arena, ENTRIES * ENTRY + 1000), *to = NULL;
    (void)strcpy(text, CONFIG("", "", ",\"annotations\":{"));
    to = strstr(text, ":{\"unknown\":0},\"annotations\":{");
    to += strlen(":{\"unknown\":0},\"annotations\":{");
    for (int i = 0; i < ENTRIES; i++)
        to += sprintf(to, "%s\"%07d\":\"abcdefghi\"", i > 0 ? "," : "", i);
    char *last = to;
    to = stpcpy(to, "}}");
    ok(config_read("c", text, (size_t)(to - text), &arena, &spec, &notes, &fail) == 0,
       "400,000 annotations");
    is_int((long long)spec.oci.annotation_count, ENTRIES, "  all of them are there");
    for (int i = 0; i < 7; i++)
        last[i - 20] = i < 6 ? '0' : '7';
    ok(config_read("c", text, (size_t)(to - text), &arena, &spec, &notes, &fail) < 0 &&
           strstr(fail.text, "the name \"0000007\" stands here twice") != NULL,
       "  and one that is there twice is found");
}

/* Each warning has its place, and the text before it is not counted again for each. */
static void test_many_warnings(void)
{
    enum { NAMES = 50000 };
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes = {.warning_count = 0};
    char *text = arena_alloc(&arena, NAMES * 8 + 256);
    char *to =
        stpcpy(text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":"
                     "\"/\",\"args\":[\"sh\"],\"capabilities\":{\"bounding\":[\n");
    for (int i = 0; i < NAMES; i++)
        to = stpcpy(to, i + 1 < NAMES ? "\"CAP\",\n" : "\"CAP\"]}}}");
    clock_t began = clock();
    ok(read_text(text, &arena, &spec, &notes), "50,000 unknown capabilities");
    ok(clock() - began < 2 * CLOCKS_PER_SEC, "  in less than two seconds");
    is_int((long long)notes.warning_count, NAMES, "  all of them are warnings");
    is_str(notes.warnings[NAMES - 1],
           "config.json:50001:1: process.capabilities.bounding[49999]: there is no capability "
           "\"CAP\"",
           "  and the place of the last is right");
}

static void test_default(bool rootless)
{
    AUTO_ARENA struct arena arena = {0};
    struct spec spec;
    struct config_notes notes;
    struct config_owner owner = {.rootless = rootless, .uid = 1000, .gid = 100};
    const char *text = config_default(&owner, &arena);
    ok(read_text(text, &arena, &spec, &notes), "the default config.json");
    ok(notes.warning_count == 0, "  there is nothing to say about it");
    test_truncated(text);
    test_nul_anywhere(text);
}

int main(void)
{
    test_default(false);
    test_default(true);
    test_depth();
    test_large();
    test_many_warnings();
    return done_testing();
}
