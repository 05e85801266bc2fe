/* arch.h - what differs between machines: how a system call is made (syscall(2), "Architecture calling
 * conventions"), how a process begins, and vfork.
 *
 * arch_callN gives what the kernel gives: a result, or a negative errno. With fewer arguments there are
 * fewer registers to load.
 */
#ifndef SHARED_ARCH_H
#define SHARED_ARCH_H

#if defined(__clang_analyzer__)

/* It does not look into assembly. As functions that it does not know they may write to what they are
 * given, and that is how it is. */
long arch_call1(long number, long a);
long arch_call3(long number, long a, long b, long c);
long arch_call4(long number, long a, long b, long c, long d);
long arch_call5(long number, long a, long b, long c, long d, long e);
long arch_call6(long number, long a, long b, long c, long d, long e, long f);

#elif defined(__x86_64__)

static inline long arch_call1(long number, long a)
{
    __asm__ volatile("syscall" : "+a"(number) : "D"(a) : "rcx", "r11", "memory");
    return number;
}

static inline long arch_call3(long number, long a, long b, long c)
{
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return number;
}

static inline long arch_call4(long number, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return number;
}

static inline long arch_call5(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return number;
}

static inline long arch_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

/* The kernel starts a program with the stack pointer at argc. */
#define ARCH_START "xor %ebp, %ebp; mov %rsp, %rdi; and $-16, %rsp; call start_process"

/* The child of a vfork returns first and overwrites the return address of this very call. So it is
 * kept in a register meanwhile, which the kernel hands to both. */
#define ARCH_VFORK "pop %rdx; mov $58, %eax; syscall; push %rdx; ret"

#elif defined(__aarch64__)

static inline long arch_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

static inline long arch_call5(long number, long a, long b, long c, long d, long e)
{
    return arch_call6(number, a, b, c, d, e, 0);
}

static inline long arch_call4(long number, long a, long b, long c, long d)
{
    return arch_call6(number, a, b, c, d, 0, 0);
}

static inline long arch_call3(long number, long a, long b, long c)
{
    return arch_call6(number, a, b, c, 0, 0, 0);
}

static inline long arch_call1(long number, long a)
{
    return arch_call6(number, a, 0, 0, 0, 0, 0);
}

#define ARCH_START "mov x29, 0; mov x30, 0; mov x0, sp; and sp, x0, -16; b start_process"

/* This machine's vfork is clone(CLONE_VM | CLONE_VFORK | SIGCHLD); the return address is in a
 * register as it is. */
#define ARCH_VFORK "mov x8, 220; mov x0, 0x4111; mov x1, 0; svc 0; ret"

#else
#error "shared/arch.h does not know how this machine makes a system call"
#endif

#endif
