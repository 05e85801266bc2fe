# shellcheck shell=bash
# judge.bash - the lines of a benchmark: figure, value, requirement, verdict. Counts in `failures`
# what is not met.

failures=0

# row FIGURE VALUE REQUIREMENT VERDICT
row() {
    printf '%-46s %14s   %-16s %s\n' "$@"
    [ "$4" = FAIL ] && failures=$((failures + 1))
    return 0
}

# judge FIGURE VALUE UNIT OPERATOR LIMIT: OPERATOR is "<", "<=" or ">="; no value is a failure
judge() {
    local verdict=FAIL
    awk -v a="$2" -v b="$5" -v op="$4" 'BEGIN { exit !(op == "<" ? a < b : op == ">=" ? a >= b : a <= b) }' &&
        verdict=PASS
    if [ -z "$2" ]; then
        row "$1" "not measured" "$4 $5$3" FAIL
    else
        row "$1" "$2$3" "$4 $5$3" "$verdict"
    fi
}

# inform FIGURE RATIO NOTE: a line without a verdict
inform() { row "$1" "${2:+$2x}" "$3" ""; }

divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

# growth BEFORE AFTER
growth() { [ -n "$1" ] && [ -n "$2" ] && divide "$2" "$1"; }
