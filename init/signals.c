/* PURE: no system call is made in this file. */
#include "signals.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

enum { RTMIN = 34, RTMAX = SIGNAL_MAX, DIGITS_MAX = 2, OTHER_NAMES_FROM = 32 };

/* From number 1 on, then other names of some. */
static const char NAMES[] =
    "HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0USR2\0PIPE\0"
    "ALRM\0TERM\0STKFLT\0CHLD\0CONT\0STOP\0TSTP\0TTIN\0TTOU\0URG\0XCPU\0"
    "XFSZ\0VTALRM\0PROF\0WINCH\0IO\0PWR\0SYS\0"
    "CLD\0POLL\0IOT\0RTMIN\0RTMAX\0";
static const uint8_t OTHER_NUMBERS[] = {17, 29, 6, RTMIN, RTMAX};

static char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

static bool begins_with(const char *text, size_t size, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (i >= size || upper(text[i]) != name[i])
            return false;
    return true;
}

static int number_of_digits(const char *text, size_t size)
{
    int number = 0;
    if (size == 0 || size > DIGITS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        number = number * 10 + (text[i] - '0');
    }
    return number <= SIGNAL_MAX ? number : -EINVAL;
}

/* What may stand behind RTMIN and RTMAX: nothing, or a distance. */
static int real_time(int base, const char *rest, size_t size)
{
    if (size == 0)
        return base;
    int distance = number_of_digits(rest + 1, size - 1);
    int number = rest[0] == '+' ? base + distance : base - distance;
    bool is_distance = distance >= 0 && (rest[0] == '+' || rest[0] == '-');
    return is_distance && number >= RTMIN && number <= RTMAX ? number : -EINVAL;
}

int signal_parse(const char *text, size_t size)
{
    int number = number_of_digits(text, size);
    if (number >= 0)
        return number;
    if (begins_with(text, size, "SIG")) {
        text += 3;
        size -= 3;
    }
    int index = 1;
    for (const char *name = NAMES; *name != '\0'; name += strlen(name) + 1, index++) {
        if (!begins_with(text, size, name))
            continue;
        number = index < OTHER_NAMES_FROM ? index : OTHER_NUMBERS[index - OTHER_NAMES_FROM];
        size_t length = strlen(name);
        if (number == RTMIN || number == RTMAX)
            return real_time(number, text + length, size - length);
        if (length == size)
            return number;
    }
    return -EINVAL;
}

const char *signal_name(int number, char room[SIGNAL_NAME_MAX])
{
    const char *prefix = "SIG", *name = NAMES;
    struct text_number digits;
    if (number < OTHER_NAMES_FROM) {
        for (int i = 1; i < number; i++)
            name += strlen(name) + 1;
    } else {
        prefix = "signal ";
        name = text_decimal(&digits, number);
    }
    (void)stpcpy(stpcpy(room, prefix), name);
    return room;
}
