# shellcheck shell=bash
# Counting tests of several kinds of reports into one sum. Needs common.sh.

_passed=0 _failed=0 _skipped=0
declare -A _suite_numbers=()

# add_counts SUITE PASSED FAILED SKIPPED
add_counts() {
  local have=(0 0 0)
  [[ -n ${_suite_numbers[$1]:-} ]] && read -ra have <<<"${_suite_numbers[$1]}"
  _suite_numbers[$1]="$((have[0] + $2)) $((have[1] + $3)) $((have[2] + $4))"
  _passed=$((_passed + $2)) _failed=$((_failed + $3)) _skipped=$((_skipped + $4))
}

_show_log() {
  warn "$1; the end of its output ($2):"
  tail -n "${3:-40}" "$2" >&2
}

# count_gtest SUITE NAME REPORT STATUS LOG: a program that dies, or fails without a failed test, counts as
# one failure more.
count_gtest() {
  local suite=$1 name=$2 report=$3 status=$4 log=$5 passed=0 failed=0 skipped=0
  if [[ -s $report ]]; then
    read -r passed failed skipped < <(awk '
      function settle() { if (open) { if (bad) f++; else if (skip) s++; else p++ } open = 0 }
      /<testcase / { settle(); open = 1; bad = 0; skip = /status="notrun"|result="(skipped|suppressed)"/ }
      /<failure/ { bad = 1 }
      /<skipped/ { skip = 1 }
      /<\/testsuites>/ { settle() }
      END { settle(); print p + 0, f + 0, s + 0 }' "$report")
    # Each skip says why.
    awk -v program="$name" '
      /<testcase / { match($0, /name="[^"]*"/); test = substr($0, RSTART + 6, RLENGTH - 7)
        match($0, /classname="[^"]*"/); test = substr($0, RSTART + 11, RLENGTH - 12) "." test
        if (/status="notrun"/) print "  skipped " program " " test ": disabled in the code" }
      /<skipped/ { if (match($0, /message="[^"]*"/)) { why = substr($0, RSTART + 9, RLENGTH - 10); sub(/.*&#x0A;/, "", why) } else why = "no reason given"
        print "  skipped " program " " test ": " why }' "$report"
  fi
  if ((status != 0 && failed == 0)); then
    failed=1
    _show_log "$name ended with status $status" "$log"
  elif ((failed > 0)); then
    warn "$name: $failed failed ($log)"
    grep -E -B 12 '^\[  FAILED  \] .*\([0-9]+ ms\)' "$log" | head -n 120 >&2 || true
  fi
  add_counts "$suite" "$passed" "$failed" "$skipped"
}

# count_vitest SUITE REPORT STATUS LOG
count_vitest() {
  local suite=$1 report=$2 status=$3 log=$4 passed=0 failed=0 skipped=0
  if [[ -s $report ]]; then
    read -r passed failed skipped < <(jq -r '
      "\(.numPassedTests) \(.numFailedTests + ([.testResults[] | select(.status == "failed" and all(.assertionResults[]; .status != "failed"))] | length)) \(.numPendingTests + .numTodoTests)"' \
      "$report")
    [[ -n ${filter:-} ]] && skipped=0 # what the filter leaves out was not asked for
    ((skipped == 0)) || jq -r '.testResults[] | .name as $file | .assertionResults[] | select(.status == "pending" or .status == "skipped" or .status == "todo") | "  skipped \($file | split("/") | last) \(.fullName)"' "$report"
  fi
  ((status != 0 && failed == 0)) && failed=1
  ((failed > 0)) && _show_log "$suite has failures" "$log" 150
  add_counts "$suite" "$passed" "$failed" "$skipped"
}

# failed_files REPORT: the files of a vitest report that failed, a line each.
failed_files() {
  [[ ! -s $1 ]] || jq -r '.testResults[] | select(.status == "failed") | .name' "$1"
}

# failures REPORT: what failed in a vitest report, and its first words.
failures() {
  jq -r '.testResults[] | select(.status == "failed") | (.name | split("/") | last) as $file
    | (.assertionResults[] | select(.status == "failed") | "\($file) \(.fullName): \(.failureMessages[0] // "" | split("\n")[0])"),
      (select(all(.assertionResults[]; .status != "failed")) | "\($file): \(.message // "" | split("\n")[0])")' "$1"
}

# with_second_try FIRST SECOND: the first vitest report, with the second's word on the files that it holds.
with_second_try() {
  [[ -s $2 ]] || return 0
  jq -s '
    (.[1].testResults | map(.name)) as $again
    | def tests($status): [.testResults[].assertionResults[] | select(.status | IN($status[]))] | length;
    { testResults: ([.[0].testResults[] | select(.name | IN($again[]) | not)] + .[1].testResults) }
    | . + { numPassedTests: tests(["passed"]), numFailedTests: tests(["failed"]),
            numPendingTests: tests(["pending", "skipped"]), numTodoTests: tests(["todo"]) }' "$1" "$2"
}

# count_lines SUITE NAME LOG STATUS: "ok TEXT", "not ok TEXT" and "skip TEXT: reason" lines.
count_lines() {
  local suite=$1 name=$2 log=$3 status=$4 passed failed skipped
  passed=$(grep -c '^ok ' "$log" || true)
  failed=$(grep -c '^not ok ' "$log" || true)
  skipped=$(grep -c '^skip ' "$log" || true)
  sed -n 's/^skip /  skipped /p' "$log"
  ((status != 0 && failed == 0)) && failed=1
  ((failed > 0)) && _show_log "$name has failures" "$log"
  add_counts "$suite" "$passed" "$failed" "$skipped"
}

# print_suite SUITE SECONDS
print_suite() {
  local numbers=(0 0 0)
  [[ -n ${_suite_numbers[$1]:-} ]] && read -ra numbers <<<"${_suite_numbers[$1]}"
  printf '%-12s %5d passed %4d failed %4d skipped   %d s\n' "$1" "${numbers[0]}" "${numbers[1]}" "${numbers[2]}" "$2"
}

# print_total: the last line; fails when a test failed or none ran.
print_total() {
  ((_passed + _failed > 0)) || warn 'no test ran'
  printf '%d passed, %d failed, %d skipped\n' "$_passed" "$_failed" "$_skipped"
  ((_failed == 0 && _passed > 0))
}
