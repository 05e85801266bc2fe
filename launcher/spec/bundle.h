/* bundle.h - from the directory of an OCI bundle to a spec that is ready for plan_build;
 * runtime-spec bundle.md and config.md. Looks at the host and at the bundle, changes nothing.
 */
#ifndef LAUNCHER_BUNDLE_H
#define LAUNCHER_BUNDLE_H

#include "config.h"

/* Reads DIRECTORY/config.json, completes the spec with what depends on the host, and checks it.
 * Warnings are what the OCI wants to be one: capabilities that can't be had. `id`: NULL for a
 * random one; `manager`: who makes its cgroup. Errors: what is wrong with the file, with its place; what
 * the host lacks. */
MUST_CHECK int bundle_load(const char *directory, const char *id, enum cgroup_manager manager,
                           struct arena *arena, struct spec *ret_spec,
                           struct config_notes *ret_notes, struct fail *fail);

/* Keeps the filter that bundle_load has compiled (filter_is_new) for the next start: to be called by
 * who starts the container, since others change nothing on the host. Errors stay unsaid. */
void bundle_keep_filter(const struct spec *spec, struct arena *arena);

/* Reads the copy of a config.json that was loaded before, for what is done to its container later: the
 * host is not looked at again, but for the capabilities that it can give. `directory`: the bundle's. */
MUST_CHECK int bundle_recall(const char *directory, const char *id, const char *text, size_t size,
                             struct arena *arena, struct spec *ret_spec, struct fail *fail);

/* Reads the profile of run --seccomp FILE, and compiles it, or finds it compiled. */
MUST_CHECK int bundle_seccomp_file(struct spec *spec, struct arena *arena,
                                   struct config_notes *notes, struct fail *fail);

/* ---- the parts ---- */

/* Leaves of the capabilities those that launcher has, or all in a user namespace of its own, and of the
 * labels those that bundle_resolve_labels does. */
MUST_CHECK int bundle_resolve_process(struct spec *spec, struct arena *arena,
                                      struct config_notes *notes, struct fail *fail);

/* The whole config.json, in the arena. */
MUST_CHECK int bundle_read_config(const char *directory, struct arena *arena, const char **ret_text,
                                  size_t *ret_size, struct fail *fail);

/* What depends on the host. */
MUST_CHECK int bundle_resolve(struct spec *spec, struct arena *arena, struct config_notes *notes,
                              struct fail *fail);

/* Without a mount namespace: leaves out what is mounted, and refuses what can't be. */
MUST_CHECK int bundle_host_mounts(struct spec *spec, struct arena *arena,
                                  struct config_notes *notes, struct fail *fail);

/* Leaves of the labels those whose security module is enabled; of the others a warning remains. */
void bundle_resolve_labels(struct spec *spec, struct arena *arena, struct config_notes *notes);

/* Gives linux.mountLabel to the new file systems that can take it. */
void bundle_label_mounts(struct spec *spec, struct arena *arena);

/* Puts the mounts that this host's cgroups take in the place of each mount of type cgroup. */
MUST_CHECK int bundle_cgroup_mounts(struct spec *spec, struct arena *arena, struct fail *fail);

#endif
