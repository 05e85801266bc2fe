/* cinit_image.h - the bytes of cinit's ELF file, embedded by cinit_image.S. */
#ifndef LAUNCHER_CINIT_IMAGE_H
#define LAUNCHER_CINIT_IMAGE_H

extern const unsigned char cinit_image[];
extern const unsigned char cinit_image_end[];

#endif
