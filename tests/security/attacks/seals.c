/* seals FILE - prints the seals of a memory file, memfd_create(2); the reason if it is none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int bit;
} SEALS[] = {{"seal", F_SEAL_SEAL},
             {"shrink", F_SEAL_SHRINK},
             {"grow", F_SEAL_GROW},
             {"write", F_SEAL_WRITE}};

int main(int argc, char **argv)
{
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) {
        (void)printf("%s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof(SEALS) / sizeof(SEALS[0]); i++)
        if (seals & SEALS[i].bit)
            (void)printf("%s\n", SEALS[i].name);
    return EXIT_SUCCESS;
}
