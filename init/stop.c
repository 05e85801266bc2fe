/* The end, in order: one signal after the other, each with its time, until all processes are gone. */
#include "inside.h"
#include "life.h"

enum { US_PER_MS = 1000, US_PER_S = 1000000, NS_PER_US = 1000 };

static const struct stop_step KILL_ALL = {.signal_number = SIGKILL, .time_ms = STOP_NO_LIMIT};

/* Stragglers are spoken to only where they are meant to get their time. */
static enum forward_to scope_of_stop(const struct life *life)
{
    bool all = life->payload == 0 || life->policy->orphans == ORPHANS_TERM;
    return all ? FORWARD_TREE : life->policy->forward;
}

/* A stopped process acts on nothing until it is continued. */
static void begin_step(struct life *life, const struct stop_step *step)
{
    int number = step->signal_number;
    enum forward_to scope = scope_of_stop(life);
    char room[SIGNAL_NAME_MAX];
    life->stop = step;
    if (step->time_ms != STOP_NO_LIMIT)
        life->stop_deadline_us = sys_now_us(CLOCK_MONOTONIC) + (int64_t)step->time_ms * US_PER_MS;
    if (life->policy->verbose)
        TEXT_SAY("stopping with ", signal_name(number, room));
    processes_signal(life, scope, number, NULL);
    if (number != SIGKILL)
        processes_signal(life, scope, SIGCONT, NULL);
}

static void begin_sequence(struct life *life)
{
    life->stop_steps_left = life->policy->stop.count - 1;
    begin_step(life, life->policy->stop.steps);
}

bool stop_requested(struct life *life, int signal_number)
{
    const struct policy *policy = life->policy;
    if (policy->stop.count == 0 || !(policy->stop_signals >> (signal_number - 1) & 1))
        return false;
    if (life->stop == NULL)
        begin_sequence(life);
    return true;
}

void stop_orphans(struct life *life)
{
    enum orphans orphans = life->policy->orphans;
    if (orphans == ORPHANS_KILL) {
        life->stop_steps_left = 0;
        life->stop_deadline_us = 0;
        begin_step(life, &KILL_ALL);
    } else if (orphans == ORPHANS_TERM && life->stop == NULL) {
        begin_sequence(life);
    }
}

const struct timespec *stop_timeout(const struct life *life, struct timespec *room)
{
    if (life->stop_deadline_us == 0)
        return NULL;
    int64_t left_us = life->stop_deadline_us - sys_now_us(CLOCK_MONOTONIC);
    if (left_us < 0)
        left_us = 0;
    room->tv_sec = left_us / US_PER_S;
    room->tv_nsec = left_us % US_PER_S * NS_PER_US;
    return room;
}

void stop_next_step(struct life *life)
{
    life->stop_deadline_us = 0;
    if (life->stop_steps_left-- > 0)
        begin_step(life, life->stop + 1);
    else
        life->stop_exhausted = true;
}

void stop_repeat_kill(const struct life *life)
{
    if (life->stop != NULL && life->stop->signal_number == SIGKILL)
        processes_signal(life, scope_of_stop(life), SIGKILL, NULL);
}
