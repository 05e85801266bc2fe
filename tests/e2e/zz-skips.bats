#!/usr/bin/env bats
# Judges the run that it ends: a skipped test proves nothing, so each skip has to be announced in
# tests/expected-skips, with its number and its reason.

# Prints "NUMBER FILE" for each recorded test with skips, be it "ok 3 # skip" or "1..0 # skip".
recorded_skips()
{
    local record name count
    for record in "$1"/*.tap; do
        name=${record##*/}
        name=${name%.tap}
        count=$(grep -ciE '^(ok [0-9]+.*|1\.\.0) # skip' "$record") || continue
        echo "$count ${name//,//}"
    done
}

# Prints those that are more than expected. $1: directory of records, $2: expectations
unexpected_skips()
{
    recorded_skips "$1" | awk -v expectations="$2" '
        BEGIN {
            while ((getline line < expectations) > 0)
                if (split(line, word) >= 3 && line !~ /^#/) expected[word[2]] += word[1]
        }
        $1 > expected[$2] + 0 { print $2 ": " $1 " skipped, " expected[$2] + 0 " expected" }'
}

@test "an unannounced skip is found" {
    local dir=$BATS_TEST_TMPDIR
    printf 'ok 1 a\nok 2 b # skip no kernel\n' >"$dir/tests,e2e,one.bats.tap"
    printf '1..0 # SKIP all\n' >"$dir/tests,e2e,two.bats.tap"
    printf 'ok 1 skipping\n' >"$dir/tests,e2e,three.bats.tap"
    printf '# comment\n1 tests/e2e/one.bats no kernel\n' >"$dir/expected"
    [ "$(unexpected_skips "$dir" "$dir/expected")" = "tests/e2e/two.bats: 1 skipped, 0 expected" ]
}

@test "no test was skipped but those in tests/expected-skips" {
    [ -n "${TEST_RECORDS-}" ] || skip "there is no run to judge: use tests/run"
    local found
    found=$(unexpected_skips "$TEST_RECORDS" "$BATS_TEST_DIRNAME/../expected-skips")
    echo "$found"
    [ -z "$found" ]
}
