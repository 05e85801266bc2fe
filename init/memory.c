/* The functions of string.h that cinit uses, some of which the compiler calls by itself. They are
 * short instead of fast: what they work on is. */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memset(void *at, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((char *)at)[i] = (char)byte;
    return at;
}

int memcmp(const void *a, const void *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const unsigned char *)a)[i] != ((const unsigned char *)b)[i])
            return ((const unsigned char *)a)[i] - ((const unsigned char *)b)[i];
    return 0;
}

void *memchr(const void *at, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const char *)at)[i] == (char)byte)
            return (char *)(uintptr_t)at + i;
    return NULL;
}

size_t strnlen(const char *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length] != '\0')
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, (size_t)-1);
}

char *stpcpy(char *restrict to, const char *restrict from)
{
    while ((*to = *from++) != '\0')
        to++;
    return to;
}

int strncmp(const char *a, const char *b, size_t size)
{
    size_t i = 0;
    while (i < size && a[i] == b[i] && a[i] != '\0')
        i++;
    return i < size ? (unsigned char)a[i] - (unsigned char)b[i] : 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, (size_t)-1);
}

/* strchrnul(3): the end of the text where there is no such letter. */
char *strchrnul(const char *text, int letter)
{
    while (*text != '\0' && *text != (char)letter)
        text++;
    return (char *)(uintptr_t)text;
}

char *strchr(const char *text, int letter)
{
    char *found = strchrnul(text, letter);
    return *found == (char)letter ? found : NULL;
}

char *strrchr(const char *text, int letter)
{
    for (size_t i = strlen(text) + 1; i-- > 0;)
        if (text[i] == (char)letter)
            return (char *)(uintptr_t)(text + i);
    return NULL;
}
