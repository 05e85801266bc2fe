/* start.h - how a process begins, execve(2). */
#ifndef INIT_START_H
#define INIT_START_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* The entry of the auxiliary vector with that key, AT_* of getauxval(3); NULL when the kernel gave
 * none. The vector lies behind the environment. */
static inline const Elf64_auxv_t *start_find_aux(char **environment, uint64_t key)
{
    while (*environment != NULL)
        environment++;
    const Elf64_auxv_t *entry = (const Elf64_auxv_t *)(void *)(environment + 1);
    for (; entry->a_type != AT_NULL; entry++)
        if (entry->a_type == key)
            return entry;
    return NULL;
}

/* What the kernel and the compiler call. */
_Noreturn void start_process(uintptr_t *stack);
_Noreturn void __stack_chk_fail(void);

int main(int argc, char **argv, char **environment);

#endif
