#include "unit.h"

#include <errno.h>
#include <string.h>

#include "bus.h"

static const char SYSTEMD[] = "org.freedesktop.systemd1";
static const char MANAGER[] = "org.freedesktop.systemd1.Manager";
static const char OBJECT[] = "/org/freedesktop/systemd1";

static struct bus_writer begin(struct bus *bus, const char *member, const char *signature)
{
    const struct bus_method method = {.destination = SYSTEMD,
                                      .path = OBJECT,
                                      .interface = MANAGER,
                                      .member = member,
                                      .signature = signature};
    return bus_begin(bus, &method);
}

/* ---- jobs ---- */

/* The signal is "JobRemoved", with the number of the job, its object, the unit and how it went. */
static bool is_end_of(struct bus_message *message, const char *job, const char **ret_result)
{
    if (message->type != BUS_SIGNAL || strcmp(message->member, "JobRemoved") != 0 ||
        strcmp(message->interface, MANAGER) != 0)
        return false;
    (void)bus_read_u32(&message->body);
    const char *object = bus_read_string(&message->body);
    (void)bus_read_string(&message->body);
    *ret_result = bus_read_string(&message->body);
    return strcmp(object, job) == 0;
}

/* What was ordered is done later: the reply names a job, and a signal tells of its end. */
static int await_job(struct bus *bus, struct bus_message *reply, struct fail *fail)
{
    const char *job = bus_read_string(&reply->body), *result = "";
    struct bus_message message;
    do
        TRY(bus_receive(bus, &message, fail));
    while (!is_end_of(&message, job, &result));
    if (strcmp(result, "done") == 0)
        return 0;
    (void)fail_set(fail, "systemd says: its job ended with \"%.100s\"", result);
    fail->code = -EIO;
    return fail->code;
}

static int order(struct bus *bus, struct bus_writer *call, struct fail *fail)
{
    struct bus_message reply;
    TRY(bus_call(bus, call, &reply, fail));
    return await_job(bus, &reply, fail);
}

/* ---- what can be asked of it ---- */

int unit_manager_cgroup(bool of_user, struct arena *arena, const char **ret_path, struct fail *fail)
{
    AUTO_BUS struct bus bus = BUS_NONE;
    struct bus_message reply;
    const struct bus_method method = {.destination = SYSTEMD,
                                      .path = OBJECT,
                                      .interface = "org.freedesktop.DBus.Properties",
                                      .member = "Get",
                                      .signature = "ss"};
    TRY(bus_open(of_user, arena, &bus, fail));
    struct bus_writer call = bus_begin(&bus, &method);
    bus_put_string(&call, MANAGER);
    bus_put_string(&call, "ControlGroup");
    TRY(bus_call(&bus, &call, &reply, fail));
    if (strcmp(bus_read_signature(&reply.body), "s") != 0)
        return fail_code(fail, -EPROTO, "asking systemd for its own cgroup");
    const char *path = bus_read_string(&reply.body);
    *ret_path = strcmp(path, "/") == 0 ? "" : path;
    return 0;
}

/* What the payload makes in its cgroup is its own (Delegate). It ends when launcher says so, not with what
 * happens to be stopped at the same time (DefaultDependencies). */
static struct property_list all_properties(const struct unit_order *order, struct arena *arena)
{
    const struct unit_property common[] = {
        {.name = "Description", .type = PROPERTY_STRING, .text = order->description},
        {.name = "Slice", .type = PROPERTY_STRING, .text = order->unit.slice},
        {.name = "Delegate", .type = PROPERTY_BOOL, .number = 1},
        {.name = "DefaultDependencies", .type = PROPERTY_BOOL, .number = 0},
        {.name = "CPUAccounting", .type = PROPERTY_BOOL, .number = 1},
        {.name = "MemoryAccounting", .type = PROPERTY_BOOL, .number = 1},
        {.name = "IOAccounting", .type = PROPERTY_BOOL, .number = 1},
        {.name = "TasksAccounting", .type = PROPERTY_BOOL, .number = 1},
        {.name = "PIDs", .type = PROPERTY_PIDS, .number = (uint64_t)order->pid},
    };
    struct property_list list = {.count = 0};
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        property_list_add(&list, arena, common[i]);
    for (size_t i = 0; i < order->properties.count; i++)
        property_list_add(&list, arena, order->properties.properties[i]);
    return list;
}

/* "fail": whatever is ordered for a unit of this name already is not replaced. */
static struct bus_writer begin_start(struct bus *bus, const struct unit_order *order,
                                     const struct property_list *properties)
{
    struct bus_writer call = begin(bus, "StartTransientUnit", "ssa(sv)a(sa(sv))");
    bus_put_string(&call, order->unit.name);
    bus_put_string(&call, "fail");
    property_list_put(properties, &call);
    struct bus_array auxiliary_units = bus_open_array(&call, 8);
    bus_close_array(&call, &auxiliary_units);
    return call;
}

static int reset_failed(struct bus *bus, const char *name, struct fail *fail)
{
    struct bus_message reply;
    struct bus_writer call = begin(bus, "ResetFailedUnit", "s");
    bus_put_string(&call, name);
    return bus_call(bus, &call, &reply, fail);
}

static int start(struct bus *bus, const struct unit_order *order_of_unit,
                 const struct property_list *properties, struct fail *fail)
{
    struct bus_writer call = begin_start(bus, order_of_unit, properties);
    return order(bus, &call, fail);
}

/* A scope of that name that has failed, and whose processes are gone, is in the way until it is
 * forgotten. */
int unit_start(const struct unit_order *order_of_unit, struct arena *arena, struct fail *fail)
{
    AUTO_BUS struct bus bus = BUS_NONE;
    struct fail first = {.code = 0}, ignored = {.code = 0};
    struct property_list properties = all_properties(order_of_unit, arena);
    TRY(bus_open(order_of_unit->of_user, arena, &bus, fail));
    int result = start(&bus, order_of_unit, &properties, &first);
    if (result == -EEXIST && reset_failed(&bus, order_of_unit->unit.name, &ignored) >= 0) {
        first = (struct fail){.code = 0};
        result = start(&bus, order_of_unit, &properties, &first);
    }
    if (result < 0)
        *fail = first;
    return result;
}

int unit_set_properties(const char *name, bool of_user, const struct property_list *list,
                        struct arena *arena, struct fail *fail)
{
    AUTO_BUS struct bus bus = BUS_NONE;
    struct bus_message reply;
    if (list->count == 0)
        return 0;
    TRY(bus_open(of_user, arena, &bus, fail));
    struct bus_writer call = begin(&bus, "SetUnitProperties", "sba(sv)");
    bus_put_string(&call, name);
    bus_put_bool(&call, true); /* not for a later unit of this name */
    property_list_put(list, &call);
    return bus_call(&bus, &call, &reply, fail);
}

static int stop(struct bus *bus, const char *name, struct fail *fail)
{
    struct bus_writer call = begin(bus, "StopUnit", "ss");
    bus_put_string(&call, name);
    bus_put_string(&call, "replace");
    return order(bus, &call, fail);
}

int unit_stop(const char *name, bool of_user, struct arena *arena, struct fail *fail)
{
    AUTO_BUS struct bus bus = BUS_NONE;
    struct fail stopping = {.code = 0}, ignored = {.code = 0};
    TRY(bus_open(of_user, arena, &bus, fail));
    int result = stop(&bus, name, &stopping);
    if (result < 0 && result != -ENOENT) {
        *fail = stopping;
        return result;
    }
    int forgotten = reset_failed(&bus, name, &ignored);
    (void)forgotten; /* most had not failed, and are gone */
    return 0;
}
