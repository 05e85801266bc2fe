/* PURE: no system call is made in this file. */
#include "alone_options.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

/* Takes a value, "" for a flag, and returns NULL, or why it can't be taken. */
typedef const char *option_handler(struct options *options, const char *value);

/* The left column of the help is what the parser reads: each word of it that begins with a dash is a
 * spelling, one without is the name of a value. */
struct option_row {
    const char *left;
    const char *help;
    option_handler *handle;
};

static const char WANTS_SIGNAL[] = "a signal is a name such as TERM, or a number from 1 to 64";

enum { CODE_MAX = 255, MS_PER_S = 1000, TIME_MAX_MS = 24 * 3600 * MS_PER_S };

/* ---- values ---- */

/* A number in decimal up to `most`, and in `text` the place behind it. */
static int64_t take_number(const char **text, int64_t most)
{
    const char *begin = *text;
    int64_t number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = number * 10 + (**text - '0');
        if (number > most)
            return -EINVAL;
    }
    return *text == begin ? -EINVAL : number;
}

static int take_signal(const char *text, size_t size)
{
    int number = signal_parse(text, size);
    return number > 0 ? number : -EINVAL;
}

/* "5s", "500ms", "1m"; seconds without a unit. */
static int64_t take_time_ms(const char *text, size_t size)
{
    const char *end = text + size;
    int64_t unit_ms = MS_PER_S;
    int64_t number = take_number(&text, TIME_MAX_MS);
    if (end - text == 2 && text[0] == 'm')
        unit_ms = 1;
    else if (end - text == 1 && text[0] == 'm')
        unit_ms = INT64_C(60) * MS_PER_S;
    bool is_unit = text == end || (text + 1 == end && (*text == 's' || *text == 'm')) ||
                   (text + 2 == end && text[0] == 'm' && text[1] == 's');
    return number >= 0 && is_unit && number <= TIME_MAX_MS / unit_ms ? number * unit_ms : -EINVAL;
}

/* "TERM:10s", `size` letters of it. */
static const char *take_step(struct stop_sequence *sequence, const char *text, size_t size)
{
    if (sequence->count == STOP_STEPS_MAX)
        return "more than 16 steps";
    if (sequence->count > 0 && sequence->steps[sequence->count - 1].time_ms == STOP_NO_LIMIT)
        return "only the last step may lack a time";
    const char *colon = memchr(text, ':', size);
    size_t name_size = colon != NULL ? (size_t)(colon - text) : size;
    struct stop_step step = {.signal_number = take_signal(text, name_size),
                             .time_ms = STOP_NO_LIMIT};
    if (step.signal_number < 0)
        return WANTS_SIGNAL;
    if (colon != NULL) {
        int64_t time_ms = take_time_ms(colon + 1, size - name_size - 1);
        if (time_ms < 0)
            return "a time is a number of s, ms or m, up to a day: TERM:10s";
        step.time_ms = (uint32_t)time_ms;
    }
    sequence->steps[sequence->count++] = step;
    return NULL;
}

/* ---- options ---- */

/* The index of `value` among `names`, each with its NUL; -EINVAL when it is none of them. */
static int index_of(const char *value, const char *names)
{
    for (int index = 0; *names != '\0'; names += strlen(names) + 1, index++)
        if (strcmp(names, value) == 0)
            return index;
    return -EINVAL;
}

/* In the order of enum forward_to. */
static const char *take_forward(struct options *options, const char *value)
{
    int scope = index_of(value, "main\0pgrp\0session\0tree\0");
    if (scope < 0)
        return "it is main, pgrp, session or tree";
    options->policy.forward = (enum forward_to)scope;
    return NULL;
}

static const char *take_group(struct options *options, const char *value)
{
    (void)value;
    options->policy.forward = FORWARD_PGRP;
    return NULL;
}

static const char *take_single(struct options *options, const char *value)
{
    (void)value;
    options->policy.forward = FORWARD_MAIN;
    return NULL;
}

/* It is one in any case where that is of use. */
static const char *take_subreaper(struct options *options, const char *value)
{
    (void)options, (void)value;
    return NULL;
}

static const char *take_rewrite(struct options *options, const char *value)
{
    const char *colon = strchrnul(value, ':');
    int from = take_signal(value, (size_t)(colon - value));
    int to = *colon == ':' ? signal_parse(colon + 1, strlen(colon + 1)) : -EINVAL;
    if (from < 0 || to < 0)
        return "it is SIGNAL:SIGNAL, names or numbers from 1 to 64; 0 as the second: none";
    options->policy.rewritten[from] = to == 0 ? SIGNAL_DROPPED : (uint8_t)to;
    return NULL;
}

static const char *take_parent_death(struct options *options, const char *value)
{
    options->parent_death_signal = take_signal(value, strlen(value));
    return options->parent_death_signal < 0 ? WANTS_SIGNAL : NULL;
}

static const char *take_expected(struct options *options, const char *value)
{
    int64_t code = take_number(&value, CODE_MAX);
    if (code < 0 || *value != '\0')
        return "an exit code is a number from 0 to 255";
    options->expected[code / 64] |= UINT64_C(1) << code % 64;
    return NULL;
}

static const char *take_stop_sequence(struct options *options, const char *value)
{
    options->policy.stop.count = 0;
    for (;;) {
        const char *comma = strchrnul(value, ',');
        const char *reason = take_step(&options->policy.stop, value, (size_t)(comma - value));
        if (reason != NULL || *comma == '\0')
            return reason;
        value = comma + 1;
    }
}

static const char *take_stop_signal(struct options *options, const char *value)
{
    int number = take_signal(value, strlen(value));
    if (number < 0)
        return WANTS_SIGNAL;
    options->policy.stop_signals |= UINT64_C(1) << (number - 1);
    return NULL;
}

/* In the order of enum orphans, as far as it can be asked for. */
static const char *take_orphans(struct options *options, const char *value)
{
    int orphans = index_of(value, "keep\0term\0kill\0");
    if (orphans < 0)
        return "it is keep, term or kill";
    options->policy.orphans = (enum orphans)orphans;
    options->orphans_given = true;
    return NULL;
}

static const char *take_close_fds(struct options *options, const char *value)
{
    (void)value;
    options->close_fds = true;
    return NULL;
}

static const char *take_pause(struct options *options, const char *value)
{
    (void)value;
    options->pause = true;
    return NULL;
}

static const char *take_warn(struct options *options, const char *value)
{
    (void)value;
    options->policy.warn_on_reap = true;
    return NULL;
}

static const char *take_verbose(struct options *options, const char *value)
{
    (void)value;
    options->policy.verbose = true;
    return NULL;
}

static const char *take_help(struct options *options, const char *value)
{
    (void)value;
    options->wish = WISH_HELP;
    return NULL;
}

static const char *take_version(struct options *options, const char *value)
{
    (void)value;
    options->wish = WISH_VERSION;
    return NULL;
}

static const char *take_license(struct options *options, const char *value)
{
    (void)value;
    options->wish = WISH_LICENSE;
    return NULL;
}

static const struct option_row ROWS[] = {
    {"    --forward TO", "signals go to main, pgrp, session or tree", take_forward},
    {"-g, --group", "the same as --forward pgrp", take_group},
    {"-c, --single-child", "the same as --forward main, the default", take_single},
    {"-r, --rewrite A:B", "send B when A comes; 0: nothing", take_rewrite},
    {"    --stop-seq SEQ", "how to stop: QUIT:5s,TERM:10s,KILL", take_stop_sequence},
    {"    --stop-signal SIG", "what begins --stop-seq (default TERM)", take_stop_signal},
    {"    --orphans WHAT", "left when COMMAND ends: keep, term or kill", take_orphans},
    {"-e, --expect CODE", "exit with 0 when COMMAND does with CODE", take_expected},
    {"-p, --parent-death SIG", "what to get when the parent ends", take_parent_death},
    {"-s, --subreaper", "adopt orphans; always done", take_subreaper},
    {"-P, --pause", "no COMMAND: reap until TERM or INT", take_pause},
    {"    --close-fds", "COMMAND gets 0, 1, 2 and LISTEN_FDS only", take_close_fds},
    {"-w, --warn", "say which orphans were reaped", take_warn},
    {"-v, --verbose", "say what is done", take_verbose},
    {"-h, --help", "print this", take_help},
    {"-V, --version", "print the version", take_version},
    {"-l, -L, --license", "print the license", take_license},
};

enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]), HELP_COLUMN = 30 };

/* ---- reading ---- */

static const char *skip_to_word(const char *left)
{
    while (*left == ' ' || *left == ',')
        left++;
    return left;
}

static size_t word_size(const char *word)
{
    size_t size = 0;
    while (word[size] != '\0' && word[size] != ' ' && word[size] != ',')
        size++;
    return size;
}

struct found {
    const struct option_row *row; /* NULL: there is none */
    bool takes_value;
};

static struct found find(const char *spelling, size_t size)
{
    struct found found = {.row = NULL};
    for (size_t i = 0; i < ROW_COUNT && found.row == NULL; i++) {
        for (const char *word = skip_to_word(ROWS[i].left); *word != '\0';) {
            size_t length = word_size(word);
            if (length == size && strncmp(word, spelling, size) == 0)
                found.row = &ROWS[i];
            found.takes_value = *word != '-'; /* the last word tells */
            word = skip_to_word(word + length);
        }
    }
    return found;
}

/* Takes an option that was found. `attached`: the value in the option's own word, or NULL. Returns the
 * number of further words used, 0 or 1, or -EINVAL. */
static int take(struct options *options, const struct found *found, const char *attached,
                const char *next_word, struct option_error *error)
{
    const char *value = found->takes_value && attached == NULL ? next_word : attached;
    error->value = value;
    if (found->row == NULL)
        error->reason = "there is none of that name";
    else if (found->takes_value != (value != NULL))
        error->reason = found->takes_value ? "a value is missing" : "it takes no value";
    else
        error->reason = found->row->handle(options, value != NULL ? value : "");
    if (error->reason != NULL)
        return -EINVAL;
    return value != attached ? 1 : 0;
}

static int read_letters(struct options *options, const char *letters, const char *next_word,
                        struct option_error *error)
{
    for (; *letters != '\0'; letters++) {
        const char spelling[] = {'-', *letters};
        struct found found = find(spelling, sizeof(spelling));
        const char *attached = found.takes_value && letters[1] != '\0' ? letters + 1 : NULL;
        int used = take(options, &found, attached, next_word, error);
        if (used != 0 || attached != NULL)
            return used;
    }
    return 0;
}

static int read_word(struct options *options, const char *word, const char *next_word,
                     struct option_error *error)
{
    error->option = word;
    if (word[1] != '-')
        return read_letters(options, word + 1, next_word, error);
    const char *equals = strchrnul(word, '=');
    struct found found = find(word, (size_t)(equals - word));
    return take(options, &found, *equals == '=' ? equals + 1 : NULL, next_word, error);
}

int alone_options_parse(struct options *options, const char *const *words,
                        struct option_error *ret_error)
{
    int used = 0;
    while (words[used] != NULL && words[used][0] == '-' && words[used][1] != '\0') {
        if (strcmp(words[used], "--") == 0)
            return used + 1;
        int more = read_word(options, words[used], words[used + 1], ret_error);
        if (more < 0)
            return more;
        used += 1 + more;
        if (options->wish != WISH_RUN)
            return used;
    }
    return used;
}

/* ---- names and variables ---- */

const char *alone_options_variable(char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, size) == 0)
            return *environment + size;
    return NULL;
}

/* What the others' variables and names mean in our words. A row that ends with "=" asks whether the
 * variable is there at all. */
static const struct {
    const char *variable;
    const char *word;
} LIKE_OTHERS[] = {
    {"TINI_KILL_PROCESS_GROUP=", "-g"},
    {"TINI_VERBOSITY=2", "-v"},
    {"TINI_VERBOSITY=3", "-v"},
    {"DUMB_INIT_SETSID=0", "-c"},
    {"DUMB_INIT_SETSID=1", "--forward=session"},
    {"DUMB_INIT_DEBUG=1", "-v"},
    {"CATATONIT_DEBUG=", "-v"},
};

static void take_word(struct options *options, const char *word)
{
    struct option_error error;
    const char *words[] = {word, NULL};
    int used = alone_options_parse(options, words, &error);
    (void)used; /* these words are right */
}

static void like_dumb_init(struct policy *policy)
{
    policy->forward = FORWARD_SESSION;
    for (int number = SIGTSTP; number <= SIGTTOU; number++)
        policy->rewritten[number] = SIGSTOP;
}

void alone_options_from_environment(struct options *options, const char *called,
                                    char *const *environment)
{
    const char *slash = strrchr(called, '/');
    if (strcmp(slash != NULL ? slash + 1 : called, "dumb-init") == 0)
        like_dumb_init(&options->policy);
    for (size_t i = 0; i < sizeof(LIKE_OTHERS) / sizeof(LIKE_OTHERS[0]); i++) {
        const char *variable = LIKE_OTHERS[i].variable;
        const char *rest = alone_options_variable(environment, variable);
        bool asks_for_value = variable[strlen(variable) - 1] != '=';
        if (rest != NULL && (!asks_for_value || *rest == '\0'))
            take_word(options, LIKE_OTHERS[i].word);
    }
}

void alone_options_finish(struct options *options)
{
    struct policy *policy = &options->policy;
    if (policy->stop_signals == 0)
        (void)take_stop_signal(options, "TERM");
    if (policy->stop.count > 0 && !options->orphans_given)
        policy->orphans = ORPHANS_TERM;
    if (policy->stop.count == 0 && policy->orphans == ORPHANS_TERM) {
        (void)take_stop_sequence(options, "TERM:10s,KILL");
        policy->stop_signals = 0;
    }
}

/* ---- help ---- */

static void help_row(const struct option_row *row, void (*write)(const char *piece))
{
    write("  ");
    write(row->left);
    for (size_t used = strlen(row->left); used < HELP_COLUMN; used++)
        write(" ");
    write(row->help);
    write("\n");
}

void alone_options_help(void (*write)(const char *piece))
{
    write("usage: cinit [OPTION...] [--] COMMAND [ARGUMENT...]\n\n");
    for (size_t i = 0; i < ROW_COUNT; i++)
        help_row(&ROWS[i], write);
}
