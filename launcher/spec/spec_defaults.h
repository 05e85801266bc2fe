/* spec_defaults.h - PURE: what a container gets when nobody says otherwise. Docker's defaults, so
 * that an image behaves here as it does there. */
#ifndef LAUNCHER_SPEC_DEFAULTS_H
#define LAUNCHER_SPEC_DEFAULTS_H

#include "spec.h"

/* A spec with the defaults that do not depend on other flags. */
struct spec spec_defaults(void);

/* Docker's default capabilities, bit n is capability n. */
uint64_t default_capabilities(void);

/* All capabilities that this build knows. */
uint64_t all_capabilities(void);

/* Puts launcher's own mounts (/proc, /dev, /sys ...) before the user's; a user's mount on the same
 * destination takes the place of ours. The user's others follow, parents before children.
 * To be called when namespaces are decided. `tty_group`: gid 5 exists in the user namespace. */
void default_mounts(struct spec *spec, bool tty_group, struct arena *arena);

/* Puts the devices that every container has before the user's. */
void default_devices(struct spec *spec, struct arena *arena);

/* Puts docker's masked and read-only paths before the user's, but those in `unmasked`; "all" there
 * means every one. */
void default_paths(struct spec *spec, const char *const *unmasked, size_t unmasked_count,
                   struct arena *arena);

/* The mount on exactly this destination, NULL when there is none. */
const struct spec_mount *find_mount(const struct spec *spec, const char *destination);

#endif
