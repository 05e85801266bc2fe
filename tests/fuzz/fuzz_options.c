/* The command line of run and plan under random words: the input is cut at its NULs. --env-file is
 * left out, or the fuzzer would read whatever files it can name. */
#include <stdint.h>
#include <string.h>

#include "../../launcher/cli/run_options.h"
#include "../../launcher/spec/resolve_network.h"
#include "../../launcher/spec/spec_validate.h"

enum { WORDS_MAX = 64, INPUT_MAX = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What spec_resolve would add. */
static void complete(struct spec *spec, struct arena *arena)
{
    struct spec_network *network = &spec->network;
    for (unsigned type = 0; type < NS_COUNT; type++)
        if (type != NS_USER)
            spec->namespaces[type].create = spec->namespaces[type].path == NULL;
    spec->namespaces[NS_NET] = (struct spec_namespace){
        .create = network->mode != NET_HOST && network->mode != NET_JOIN,
        .path = network->join,
    };
    name_interfaces(network, arena);
    spec->id = spec->id == NULL ? "fuzz" : spec->id;
    spec->root.path = "/";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {0};
    struct run_options options;
    struct spec spec;
    struct fail fail = {0};
    char *words[WORDS_MAX];
    int count = 0;
    if (size > INPUT_MAX)
        return 0;
    char *text = arena_copy(&arena, data, size);
    for (char *word = text; word <= text + size && count < WORDS_MAX; word += strlen(word) + 1)
        words[count++] = word;
    for (int i = 0; i < count; i++)
        if (strncmp(words[i], "--env-file", 10) == 0)
            return 0;

    if (run_options_parse(count, words, &arena, &options, &spec, &fail) < 0)
        return 0;
    complete(&spec, &arena);
    int result = spec_validate(&spec, &fail);
    (void)result; /* either answer is right, a crash is not */
    return 0;
}
