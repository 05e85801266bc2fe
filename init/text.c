#include "text.h"

#include "sys.h"

const char *text_decimal(struct text_number *room, int64_t value)
{
    char *at = room->digits + sizeof(room->digits) - 1;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    return at;
}

static size_t append(char line[TEXT_LINE_MAX], size_t used, const char *piece)
{
    while (*piece != '\0' && used < TEXT_LINE_MAX - 1) {
        unsigned char letter = (unsigned char)*piece++;
        line[used++] = letter < ' ' || letter == 0x7f ? '?' : (char)letter;
    }
    return used;
}

void text_say(const char *const *pieces)
{
    char line[TEXT_LINE_MAX];
    size_t used = append(line, 0, "cinit: ");
    for (; *pieces != NULL; pieces++)
        used = append(line, used, *pieces);
    line[used++] = '\n';
    (void)sys_write(STDERR_FILENO, line, used); /* there is nobody else to tell */
}
