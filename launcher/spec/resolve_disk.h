/* resolve_disk.h - from what people call a disk to its numbers. */
#ifndef LAUNCHER_RESOLVE_DISK_H
#define LAUNCHER_RESOLVE_DISK_H

#include "spec.h"

/* Fills in the numbers of the whole disk: of a block device, of a partition's disk, or of the disk
 * that a file or directory lies on. Numbers that were given are looked at as well, for the kernel
 * limits whole disks only. */
MUST_CHECK int resolve_disk(struct spec_io_device *device, struct fail *fail);

#endif
