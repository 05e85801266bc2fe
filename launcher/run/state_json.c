/* PURE: no system call is made in this file. */
#include "state_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *container_status_name(enum container_status status)
{
    static const char *const names[] = {
        [STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
        [STATUS_PAUSED] = "paused",     [STATUS_STOPPED] = "stopped",
    };
    return names[status];
}

/* Text that grows at its end. */
struct text {
    struct arena *arena;
    char *bytes;
    size_t used, room;
};

static void add_bytes(struct text *text, const char *bytes, size_t size)
{
    if (text->used + size >= text->room) {
        size_t room = 2 * text->room + size + 1;
        char *moved = arena_alloc(text->arena, room);
        memcpy(moved, text->bytes, text->used);
        text->bytes = moved;
        text->room = room;
    }
    memcpy(text->bytes + text->used, bytes, size);
    text->used += size;
    text->bytes[text->used] = '\0';
}

static void add(struct text *text, const char *words)
{
    add_bytes(text, words, strlen(words));
}

/* RFC 8259, section 7: quotes, backslashes and control characters can't stand for themselves. */
static void add_string(struct text *text, const char *string)
{
    add(text, "\"");
    while (*string != '\0') {
        size_t plain = 0;
        while ((unsigned char)string[plain] >= ' ' && string[plain] != '"' && string[plain] != '\\')
            plain++;
        add_bytes(text, string, plain);
        string += plain;
        if (*string == '\0')
            break;
        unsigned char byte = (unsigned char)*string++;
        char escape[8];
        (void)snprintf(escape, sizeof(escape), byte < ' ' ? "\\u%04x" : "\\%c", (int)byte);
        add(text, escape);
    }
    add(text, "\"");
}

/* Every field but the first has a comma before it. */
static void add_field(struct text *text, const char *name, const char *value)
{
    if (value == NULL)
        return;
    add(text, text->used > 1 ? "," : "");
    add_string(text, name);
    add(text, ":");
    add_string(text, value);
}

static void add_annotations(struct text *text, const struct state_view *view)
{
    if (view->annotation_count == 0)
        return;
    add(text, ",\"annotations\":{");
    for (size_t i = 0; i < view->annotation_count; i++) {
        add(text, i > 0 ? "," : "");
        add_string(text, view->annotations[i].key);
        add(text, ":");
        add_string(text, view->annotations[i].value);
    }
    add(text, "}");
}

static struct text begin(struct arena *arena)
{
    enum { USUAL = 512 };
    return (struct text){.arena = arena, .bytes = arena_alloc(arena, USUAL), .room = USUAL};
}

const char *state_json(const struct state_view *view, struct arena *arena)
{
    struct text text = begin(arena);
    add(&text, "{");
    add_field(&text, "ociVersion", "1.3.0");
    add_field(&text, "id", view->id);
    add_field(&text, "status", container_status_name(view->status));
    if (view->pid != 0)
        add(&text, arena_printf(arena, ",\"pid\":%d", (int)view->pid));
    add_field(&text, "bundle", view->bundle);
    add_field(&text, "rootfs", view->rootfs);
    add_field(&text, "created", view->created);
    add_field(&text, "owner", view->owner);
    add_annotations(&text, view);
    add(&text, "}");
    return text.bytes;
}

const char *state_json_of_process(const struct state_view *view, pid_t pid, const char *metadata,
                                  struct arena *arena)
{
    struct text text = begin(arena);
    add(&text, "{");
    add_field(&text, "ociVersion", "1.3.0");
    add(&text, arena_printf(arena, ",\"fds\":[\"seccompFd\"],\"pid\":%d", (int)pid));
    add_field(&text, "metadata", metadata);
    add(&text, ",\"state\":");
    add(&text, state_json(view, arena));
    add(&text, "}");
    return text.bytes;
}
