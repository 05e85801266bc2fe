/* cinit_image.S - cinit's ELF file as bytes of launcher, see cinit_image.h.
 *
 * cinit is what enters a container, so it travels inside launcher: no path of the host has to be
 * found at run time, and none is exposed (CVE-2019-5736). The Makefile defines CINIT_IMAGE.
 */
    .section .rodata.cinit_image, "a", @progbits
    .global cinit_image
    .global cinit_image_end
    .type cinit_image, @object
    .type cinit_image_end, @object
    .balign 16
cinit_image:
    .incbin CINIT_IMAGE
cinit_image_end:
    .size cinit_image, . - cinit_image

    /* An object that doesn't say so makes the linker give the whole program an executable stack. */
    .section .note.GNU-stack, "", @progbits
