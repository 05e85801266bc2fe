#include "sleep_small.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../../shared/arch.h"

/* Of the linker: the program in memory from its first byte to the end of what is only read. */
extern const char __executable_start[], __init_array_start[]; /* NOLINT: their names are ld's */

enum {
    STACK_MARGIN =
        16 * 1024, /* below our own variables: the red zone, and what an interrupt may use */
    STACK_DEPTH = 256 * 1024, /* as deep as launcher ever goes, and what lies below is not mapped */
};

/* MADV_DONTNEED of madvise(2). By the plain system call, as all here: a C library's functions are
 * elsewhere in the program, and each visit brings 64 KiB around it back, filemap_map_pages in
 * mm/filemap.c. */
static inline void let_go(uintptr_t begin, uintptr_t end)
{
    const uintptr_t page = 4096;
    begin = (begin + page - 1) & ~(page - 1);
    end &= ~(page - 1);
    if (begin < end)
        (void)arch_call3(SYS_madvise, (long)begin, (long)(end - begin), MADV_DONTNEED);
}

int sleep_small(struct pollfd *fds, size_t count)
{
    char here;
    let_go((uintptr_t)&here - STACK_DEPTH, (uintptr_t)&here - STACK_MARGIN);
    let_go((uintptr_t)__executable_start, (uintptr_t)__init_array_start);
    long result = arch_call5(SYS_ppoll, (long)fds, (long)count, 0, 0, 0);
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}
