#!/usr/bin/env bats
# cinit against tini, dumb-init and catatonit in the same scenarios, see tests/compare. The table in
# cinit(8) comes from there, and has to be what comes from there.

bats_require_minimum_version 1.5.0
load ../lib/launcher

COMPARE=$TOP/tests/compare/run
PROGRAMS=$BUILD/compare
export CINIT=${CINIT:-$BUILD/cinit}

# The rows whose cells are the same in every run, with every init.
SAME_EVERY_TIME=(drain stop-key blocked blocked-caller ignored sigchld)

setup_file()
{
    "$COMPARE" --tsv "${SAME_EVERY_TIME[@]}" >"$BATS_FILE_TMPDIR/same"
    "$COMPARE" --tsv --inits cinit --races 1000 lost lost-group lost-session lost-tree wake-ups \
        file pss >"$BATS_FILE_TMPDIR/cinit"
}

# cell FILE ROW INIT
cell()
{
    awk -F '\t' -v row="$2" -v init="$3" '
        NR == 1 { for (i = 3; i <= NF; i++) if ($i == init) column = i }
        $1 == row { print $column }' "$BATS_FILE_TMPDIR/$1"
}

# The table of the man page, as text with tabs.
page_table()
{
    sed -n '/^\.\\" BEGIN COMPARISON/,/^\.\\" END COMPARISON/p' "$TOP/docs/man/cinit.8" |
        sed -n '/^\.TS$/,/^\.TE$/p' | sed '1,2d; $d' |
        sed 's/\\(ha/^/; s/\\ / /g; s/\\-/-/g'
}

# ---- what cinit must reach ----

@test "cinit loses none of 1000 SIGTERMs that come during the start, in each mode" {
    is "$(cell cinit lost cinit)" 0/1000
    is "$(cell cinit lost-group cinit)" 0/1000
    is "$(cell cinit lost-session cinit)" 0/1000
    is "$(cell cinit lost-tree cinit)" 0/1000
}

@test "cinit does not wake up in 5 idle seconds" {
    is "$(cell cinit wake-ups cinit)" 0
}

@test "cinit drains a straggler of another session and keeps the command's exit code" {
    is "$(cell same drain cinit)" yes
}

@test "^Z under cinit brings the prompt back, fg continues, ^C ends" {
    is "$(cell same stop-key cinit)" yes
}

@test "the command under cinit has the blocked signals of a bare run" {
    is "$(cell same blocked cinit)" yes
    is "$(cell same blocked-caller cinit)" yes
}

@test "the command under cinit has the ignored signals of a bare run" {
    is "$(cell same ignored cinit)" yes
}

@test "cinit takes an ignored SIGCHLD without harm" {
    is "$(cell same sigchld cinit)" right
}

@test "cinit is static and has at most 24 KiB" {
    like "$(cell cinit file cinit)" '^[0-9]+ KiB$'
    [ "$(stat --format=%s "$CINIT")" -le $((24 * 1024)) ]
}

@test "cinit has at most 64 KiB Pss" {
    local kib
    kib=$(cell cinit pss cinit)
    like "$kib" '^[0-9]+ KiB$'
    [ "${kib% KiB}" -le 64 ]
}

# ---- the table in the man page ----

@test "the table in cinit(8) says of all four what they do" {
    local row
    is "$(page_table | head -n 1)" "$(head -n 1 "$BATS_FILE_TMPDIR/same" | cut -f 2-)"
    for row in "${SAME_EVERY_TIME[@]}"; do
        page_table | grep -qFx "$(grep "^$row"$'\t' "$BATS_FILE_TMPDIR/same" | cut -f 2-)" ||
            { echo "cinit(8) has another row $row; hint: make compare" >&2; return 1; }
    done
}

@test "the table in cinit(8) has all rows" {
    is "$(page_table | tail -n +2 | cut -f 1)" \
        "$(sed -n '/^rows=(/,/^)/s/^    ".*|\(.*\)|.*/\1/p' "$COMPARE")"
}

@test "the table in cinit(8) has no loss, wake-up or size that cinit must not have" {
    local figures
    figures=$(page_table | awk -F '\t' '{ print $1 "\t" $5 }')
    is "$(grep -cE $'\t0/[0-9]+$' <<<"$figures")" 4
    grep -qx $'wake-ups in 5 s idle\t0' <<<"$figures"
    awk -F '\t' '$1 ~ /file/ && $2 + 0 > 24 || $1 ~ /Pss/ && $2 + 0 > 64 { exit 1 }' <<<"$figures"
}

@test "make compare writes into the page between the comments, and only there" {
    local page=$BATS_TEST_TMPDIR/page
    printf '%s\n' before '.\" BEGIN COMPARISON (x)' old '.\" END COMPARISON' after >"$page"
    run -0 "$COMPARE" --update "$page" file
    is "$(sed -n '1,2p' "$page")" $'before\n.\\" BEGIN COMPARISON (x)'
    is "$(tail -n 2 "$page")" $'.\\" END COMPARISON\nafter'
    grep -q '^program file' "$page"
    run ! grep -q old "$page"
    printf '%s\n' before after >"$page"
    run -1 "$COMPARE" --update "$page" file
    like "$output" 'has no COMPARISON comments'
}

# ---- can the comparison fail? ----

# Handles SIGTERM but does not pass it on; SIGPWR it does.
@test "an init that drops each SIGTERM is found to lose all" {
    cat >"$BATS_TEST_TMPDIR/dropper" <<'SCRIPT'
#!/bin/bash
trap 'kill -PWR $!' PWR
trap : TERM
shift
"$@" &
while kill -0 $! 2>/dev/null; do wait; done
SCRIPT
    chmod +x "$BATS_TEST_TMPDIR/dropper"
    run -0 "$PROGRAMS/race" -n 20 "$PROGRAMS/actor" "$BATS_TEST_TMPDIR/dropper"
    is "$output" "20 20"
}

@test "a cinit that is missing or fails is an error, not a hole in the table" {
    CINIT=/not/there run -1 "$COMPARE" --inits cinit drain
    like "$output" 'row drain could not be filled for cinit'
    CINIT=/bin/false run -1 "$COMPARE" --inits cinit lost
    like "$output" 'row lost could not be filled for cinit'
    CINIT=/bin/false run -1 "$COMPARE" --inits cinit pss
    like "$output" 'could not be measured'
}
