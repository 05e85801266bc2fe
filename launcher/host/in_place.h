/* in_place.h - files of the state root that containers have mounted: they keep their inode for life.
 *
 * A new file under the old name would never be seen, so a change is a write in place. What is left of
 * a longer content is overwritten with empty lines and only then cut off, so that nothing of it is
 * ever read behind the new one. What stays the same at the beginning is not touched: one line more at
 * the end leaves all others alone. Still neither read(2) nor write(2) of several pages is atomic: for
 * the time of one write a reader may find a line that ends where a page does.
 */
#ifndef LAUNCHER_IN_PLACE_H
#define LAUNCHER_IN_PLACE_H

#include "../../shared/arena.h"
#include "../../shared/fail.h"

/* Makes `text` the content of the file `name` below `root_fd`, which is made when it is missing and
 * can be read by everybody, whatever the umask: the payload may be any user. `before`: its content so
 * far, or the beginning of it; "": not known. */
MUST_CHECK int in_place_write(int root_fd, const char *name, const char *before, const char *text,
                              struct fail *fail);

/* The same where the caller knows that the first `kept` bytes stay: `rest` follows them. */
MUST_CHECK int in_place_write_rest(int root_fd, const char *name, size_t kept, const char *rest,
                                   struct fail *fail);

#endif
