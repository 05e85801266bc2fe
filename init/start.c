/* Before main: what a C library would do, as far as cinit needs it. See
 * docs/decisions/007-cinit-without-a-c-library.md. */
#include <elf.h>
#include <stdint.h>

#include "start.h"
#include "sys.h"

#ifdef ARCH_START
__asm__(".globl _start\n_start: " ARCH_START);
__asm__(".globl sys_vfork\nsys_vfork: " ARCH_VFORK);
#endif

/* What the compiler puts between a function's buffers and its return address. */
__attribute__((used)) uintptr_t __stack_chk_guard;

__attribute__((used)) _Noreturn void __stack_chk_fail(void)
{
    __builtin_trap();
}

/* `stack`: argc, argv, NULL, environment, NULL, auxiliary vector; as execve(2) leaves it. The guard is
 * random bytes from the kernel, getauxval(3). This function can't be guarded itself. */
__attribute__((used, no_stack_protector)) _Noreturn void start_process(uintptr_t *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    char **environment = argv + argc + 1;
    const Elf64_auxv_t *random = start_find_aux(environment, AT_RANDOM);
    if (random != NULL)
        __stack_chk_guard = *(const uintptr_t *)random->a_un.a_val;
    sys_exit(main(argc, argv, environment));
}
