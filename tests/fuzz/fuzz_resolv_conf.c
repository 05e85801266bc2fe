/* The reader of resolv.conf under random bytes: what it takes must be writable, and reading that
 * again must give the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../launcher/host/net/resolv_conf.h"

enum { INPUT_MAX = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!resolv_conf_is_word(words[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {0};
    struct resolv_conf conf, again;
    if (size > INPUT_MAX)
        return 0;
    resolv_conf_parse((const char *)data, size, &arena, &conf);
    check_words(conf.servers, conf.server_count);
    check_words(conf.searches, conf.search_count);
    check_words(conf.options, conf.option_count);
    resolv_conf_keep_reachable(&conf);
    if (conf.server_count != conf.reach[SERVER_REAL])
        abort();

    const char *text = resolv_conf_text(&conf, &arena);
    resolv_conf_parse(text, strlen(text), &arena, &again);
    if (strcmp(text, resolv_conf_text(&again, &arena)) != 0)
        abort();
    return 0;
}
