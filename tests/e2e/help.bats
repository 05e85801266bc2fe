#!/usr/bin/env bats
# The help texts and launcher(1) say the same: every option is in both, in the same words.

bats_require_minimum_version 1.5.0
load ../lib/launcher

# Prints "SPELLINGS VALUE<tab>TEXT" for each option in a help text on stdin. The text begins in column
# 33, or stands alone on the next line where the option is wider than that.
help_rows()
{
    awk '
        function print_row() { if (left != "") print left "\t" text; left = "" }
        left != "" && text == "" { text = $0; sub(/^ +/, "", text); print_row(); next }
        /^ +-/ {
            left = substr($0, 1, 32)
            text = substr($0, 33)
            if (left !~ / $/) { left = $0; text = "" }
            gsub(/^ +| +$/, "", left)
            if (text != "") print_row()
        }'
}

# Wide enough for every option to stand on one line, in plain ASCII.
page()
{
    LC_ALL=C MANWIDTH=1000 man --local-file "$TOP/docs/man/$1"
}

# Prints what of help_rows is not in a page on stdin: a line with the option and below it its text,
# with a capital letter or without. $1: rows
rows_not_in_page()
{
    awk -v rows="$1" '
        { sub(/^ +/, ""); line[++count] = $0 }
        function is_documented(left, text,    i) {
            for (i = 1; i < count; i++)
                if (line[i] == left && index(tolower(line[i + 1]), tolower(text)) == 1)
                    return 1
            return 0
        }
        END {
            while ((getline row < rows) > 0) {
                split(row, part, "\t")
                if (!is_documented(part[1], part[2])) print row
            }
        }'
}

long_options()
{
    grep -oE -- '(^|[^a-zA-Z0-9_-])--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u
}

@test "run and plan have the same options" {
    is "$("$LAUNCHER" plan --help | tail -n +2)" "$("$LAUNCHER" run --help | tail -n +2)"
}

# The help of every verb with options of its own, and the global ones. (plan has those of run.)
every_help()
{
    local verb
    "$LAUNCHER" help | sed -n '/^Global options/,/^$/p'
    "$LAUNCHER" run --bundle . --help
    for verb in run spec create start state stop wait logs attach inspect exec kill delete list ps features check pause resume update stats \
        top psi events net; do
        "$LAUNCHER" "$verb" --help
    done
}

@test "every option of the help is in launcher(1), in the same words" {
    local rows=$BATS_TEST_TMPDIR/rows
    every_help | help_rows >"$rows"
    [ "$(wc -l <"$rows")" -eq "$(every_help | grep -cE '^ +-')" ]
    [ "$(wc -l <"$rows")" -ge 40 ]
    is "$(page launcher.1 | rows_not_in_page "$rows")" ""
}

@test "every option of cinit's help is in cinit(8), in the same words, and no other is" {
    local rows=$BATS_TEST_TMPDIR/rows
    "$BUILD/cinit" --help | help_rows >"$rows"
    [ "$(wc -l <"$rows")" -eq "$("$BUILD/cinit" --help | grep -cE '^ +-')" ]
    [ "$(wc -l <"$rows")" -ge 17 ]
    is "$(page cinit.8 | rows_not_in_page "$rows")" ""
    # --program is launcher's, the others are of programs that the page names.
    is "$(page cinit.8 | sed -n '/^OPTIONS/,/^ENVIRONMENT/p' | long_options | grep -vx -e --program)" \
        "$("$BUILD/cinit" --help | long_options)"
}

@test "every option of check is in launcher(1), in the same words" {
    local rows=$BATS_TEST_TMPDIR/rows
    "$LAUNCHER" check --help | help_rows | grep -v '^-h, --help' >"$rows"
    is "$(wc -l <"$rows")" 1
    is "$(page launcher.1 | rows_not_in_page "$rows")" ""
}

@test "an option that the page lacks or words otherwise is found" {
    local rows=$BATS_TEST_TMPDIR/rows
    printf '%s\t%s\n' '--nice N' '-20 (favoured) to 19' '--nice N' '-20 to 19' \
        '--naughty N' 'never' >"$rows"
    is "$(page launcher.1 | rows_not_in_page "$rows")" "$(tail -n 2 "$rows")"
}

# --version is no option of a verb, but launcher alone takes it. The others are those of engines, by which
# they are told of launcher.
@test "every option that launcher(1) names is in the help" {
    is "$(page launcher.1 | long_options |
        grep -vx -e --version -e --runtime -e --add-runtime -e --exec-opt -e --runc-binary)" \
        "$({ every_help; "$LAUNCHER" cgroup --help; } | long_options)"
}

@test "every command of launcher cgroup is in launcher(1)" {
    local command text
    text=$(page launcher.1)
    for command in $("$LAUNCHER" cgroup --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        grep -qE "^ +$command( |\$)" <<<"$text" || { echo "not in launcher(1): $command" >&2; return 1; }
    done
    "$LAUNCHER" cgroup --help | grep -c '^  [a-z]' | grep -qx 7
}

@test "every command of launcher net is in launcher(1)" {
    local command text commands=$BATS_TEST_TMPDIR/commands
    text=$(page launcher.1)
    "$LAUNCHER" net --help | sed -n '/^Commands:/,/^$/s/^  \(ns [a-z]*\|[a-z]*\) .*/\1/p' >"$commands"
    is "$(wc -l <"$commands")" 9
    while read -r command; do
        grep -qE "^ +$command( |\$)" <<<"$text" || { echo "not in launcher(1): $command" >&2; return 1; }
    done <"$commands"
}

@test "every verb is in launcher(1)" {
    run -0 "$LAUNCHER" help
    local verbs verb text
    verbs=$(sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$output")
    [ "$(wc -l <<<"$verbs")" -ge 5 ]
    text=$(page launcher.1)
    for verb in $verbs; do
        grep -qE "^ +$verb( |\$)" <<<"$text" || { echo "not in launcher(1): $verb" >&2; return 1; }
    done
}

@test "each page carries the version of its program" {
    local version
    version=$("$LAUNCHER" --version | sed -n 's/^launcher version /launcher /p')
    like "$(head -n 2 "$TOP/docs/man/launcher.1")" "\"$version\""
    version=$("$BUILD/cinit" --version)
    version=${version#tini version }
    like "$(head -n 2 "$TOP/docs/man/cinit.8")" "\"cinit ${version%%_cinit*}\""
}
