/* version.h - the version of launcher and cinit, in one place. */
#ifndef SHARED_VERSION_H
#define SHARED_VERSION_H

#define VERSION "0.1.0"

#endif
