/* PURE: no system call is made in this file. */
#include <string.h>

#include "config_tables.h"
#include "parse.h"

int config_word_find(const struct config_word *words, size_t count, const char *word,
                     int64_t *ret_number, struct fail *fail)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        *ret_number = words[i].number;
        return 0;
    }
    return fail_set(fail, "\"%.60s\" is unknown; known are %s ... %s", word, words[0].word,
                    words[count - 1].word);
}

int config_check_text(struct config *config, void *target, const struct config_value *value,
                      struct fail *fail)
{
    (void)config, (void)target;
    if (has_control_characters(value->text))
        return fail_set(fail, "it contains control characters");
    return 0;
}

int config_check_cpu_list(struct config *config, void *target, const struct config_value *value,
                          struct fail *fail)
{
    unsigned char mask[1024];
    size_t size = 0;
    (void)config, (void)target;
    return parse_cpu_list(value->text, mask, sizeof(mask), &size, fail);
}
