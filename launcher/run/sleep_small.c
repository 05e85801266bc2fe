#include "sleep_small.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../../shared/arch.h"

enum {
    STACK_MARGIN =
        16 * 1024, /* below our own variables: the red zone, and what an interrupt may use */
    STACK_DEPTH = 256 * 1024, /* as deep as launcher ever goes, and what lies below is not mapped */
    SEGMENTS_MAX = 8,
};

/* What of the program is only read. */
struct segments {
    size_t count;
    struct {
        uintptr_t begin, end;
    } at[SEGMENTS_MAX];
};

/* Of the program itself, which is the first that is told; dl_iterate_phdr(3). */
static int find_segments(struct dl_phdr_info *program, size_t size, void *result)
{
    struct segments *segments = result;
    (void)size;
    for (size_t i = 0; i < program->dlpi_phnum && segments->count < SEGMENTS_MAX; i++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
            continue;
        segments->at[segments->count].begin = program->dlpi_addr + segment->p_vaddr;
        segments->at[segments->count++].end =
            program->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    }
    return 1;
}

/* MADV_DONTNEED of madvise(2). By the plain system call, as all from here on: a C library's functions are
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
    struct segments segments = {.count = 0};
    (void)dl_iterate_phdr(find_segments, &segments);
    let_go((uintptr_t)&segments - STACK_DEPTH, (uintptr_t)&segments - STACK_MARGIN);
    for (size_t i = 0; i < segments.count; i++)
        let_go(segments.at[i].begin, segments.at[i].end);
    long result = arch_call5(SYS_ppoll, (long)fds, (long)count, 0, 0, 0);
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}
