#!/usr/bin/env bash
# The sums of scripts/test must not hide a failure, a crash or a run of nothing.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/../../scripts/lib/common.sh"
# shellcheck source=scripts/lib/process.sh
. "$ROOT/scripts/lib/process.sh"
# shellcheck source=tests/scripts/expect.sh
. "$here/expect.sh"
end_with_script
folder=''
temporary_folder folder
filter=''
: "$filter"

# sum COMMAND...: a fresh counter, one command, then the last line and the status.
sum() {
  (
    # shellcheck source=scripts/lib/results.sh
    . "$ROOT/scripts/lib/results.sh"
    "$@" 2>/dev/null
    print_total 2>/dev/null && echo good || echo bad
  ) | tail -n 2 | paste -sd' '
}
: >"$folder/log"
cat >"$folder/report.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5" failures="1" disabled="1" errors="0" time="0" name="AllTests">
  <testsuite name="A" tests="5">
    <testcase name="Works" status="run" result="completed" time="0" classname="A" />
    <testcase name="WorksToo" status="run" result="completed" time="0" classname="A">
    </testcase>
    <testcase name="Breaks" status="run" result="completed" time="0" classname="A">
      <failure message="x" type=""><![CDATA[x]]></failure>
      <failure message="y" type=""><![CDATA[y]]></failure>
    </testcase>
    <testcase name="Skips" status="run" result="skipped" time="0" classname="A">
      <skipped message="a_test.cpp:3&#x0A;no IPv6 here" type=""><![CDATA[]]></skipped>
    </testcase>
    <testcase name="DISABLED_Later" status="notrun" result="suppressed" time="0" classname="A" />
  </testsuite>
</testsuites>
XML
same 'GoogleTest: passed, failed, skipped, disabled' '2 passed, 1 failed, 2 skipped bad' \
  "$(sum count_gtest unit a_test "$folder/report.xml" 1 "$folder/log")"
same 'GoogleTest: a program that dies is a failure' '0 passed, 1 failed, 0 skipped bad' \
  "$(sum count_gtest unit a_test "$folder/none.xml" 139 "$folder/log")"
# shellcheck source=scripts/lib/results.sh
said=$(. "$ROOT/scripts/lib/results.sh"; count_gtest unit a_test "$folder/report.xml" 1 "$folder/log" 2>/dev/null)
if [[ $said == *'A.Skips: no IPv6 here'* ]]; then ok 'a skip says why'; else not_ok 'a skip says why' "$said"; fi
printf '%s' '{"numPassedTests":3,"numFailedTests":0,"numPendingTests":1,"numTodoTests":0,"testResults":[{"name":"/x/a.test.ts","status":"passed","assertionResults":[{"status":"pending","fullName":"needs MP4Box"}]}]}' >"$folder/v.json"
same 'vitest: passed and skipped' '3 passed, 0 failed, 1 skipped good' "$(sum count_vitest web "$folder/v.json" 0 "$folder/log")"
printf '%s' '{"numPassedTests":3,"numFailedTests":0,"numPendingTests":0,"numTodoTests":0,"testResults":[{"name":"/x/a.test.ts","status":"failed","assertionResults":[]}]}' >"$folder/v.json"
same 'vitest: a file that does not load is a failure' '3 passed, 1 failed, 0 skipped bad' "$(sum count_vitest web "$folder/v.json" 1 "$folder/log")"
same 'vitest: no report at all is a failure' '0 passed, 1 failed, 0 skipped bad' "$(sum count_vitest web "$folder/none.json" 1 "$folder/log")"
one() { printf '{"name":"/x/%s.test.ts","status":"%s","assertionResults":[{"status":"%s","fullName":"%s"},{"status":"passed","fullName":"b"}]}' "$1" "$2" "$2" "$1"; }
printf '{"numPassedTests":3,"numFailedTests":1,"numPendingTests":0,"numTodoTests":0,"testResults":[%s,%s]}' "$(one good passed)" "$(one bad failed)" >"$folder/first.json"
same 'vitest: which files failed' '/x/bad.test.ts' "$(. "$ROOT/scripts/lib/results.sh"; failed_files "$folder/first.json")"
same 'vitest: what failed, and why' 'bad.test.ts bad: too slow' "$(. "$ROOT/scripts/lib/results.sh"; failures <(sed 's/"fullName":"bad"/&,"failureMessages":["too slow\\nat x"]/' "$folder/first.json"))"
for second in passed failed; do
  printf '{"testResults":[%s]}' "$(one bad "$second")" >"$folder/second.json"
  (. "$ROOT/scripts/lib/results.sh"; with_second_try "$folder/first.json" "$folder/second.json") >"$folder/both-$second.json"
done
same 'vitest: a second try that passes counts' '4 passed, 0 failed, 0 skipped good' "$(sum count_vitest e2e "$folder/both-passed.json" 0 "$folder/log")"
same 'vitest: what fails twice has failed' '3 passed, 1 failed, 0 skipped bad' "$(sum count_vitest e2e "$folder/both-failed.json" 1 "$folder/log")"
(. "$ROOT/scripts/lib/results.sh"; with_second_try "$folder/first.json" "$folder/none.json") >"$folder/both.json"
same 'vitest: a second try without a report has failed' '0 passed, 1 failed, 0 skipped bad' "$(sum count_vitest e2e "$folder/both.json" 124 "$folder/log")"
printf 'ok one\nnot ok two: why\nskip three: not here\n' >"$folder/lines"
same 'lines: each counts' '1 passed, 1 failed, 1 skipped bad' "$(sum count_lines scripts a "$folder/lines" 1)"
same 'nothing run is a failure' '0 passed, 0 failed, 0 skipped bad' "$(sum true)"
finish
