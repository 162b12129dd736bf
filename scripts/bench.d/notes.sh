# shellcheck shell=bash
# Search in many notes: a page of 50 as GET /notes asks for it, by kinds of questions; to reach: 50 ms at the 95th
# percentile in a million notes.
#
#   LONGTAKE_BENCH_NOTES       how many (1000000)
#   LONGTAKE_BENCH_QUESTIONS   of each kind (200)

bench_notes() {
  local folder='' out line words
  build_preset measure notes_bench
  temporary_folder folder
  out=$("$BUILD_ROOT/measure/bin/notes_bench" "$folder" "${LONGTAKE_BENCH_NOTES:-1000000}" "${LONGTAKE_BENCH_QUESTIONS:-200}") ||
    die 'notes_bench failed'
  result notes 'notes' "$(jq .notes <<<"$out")" ''
  result notes 'bytes of the database for each' "$(calc "$(jq .bytes <<<"$out") / $(jq .notes <<<"$out")")" B
  result notes 'added in one second' "$(calc "$(jq .notes <<<"$out") / $(jq .filledSeconds <<<"$out")")" ''
  while IFS= read -r line; do
    IFS=$'\t' read -ra words <<<"$line"
    result "${words[0]}" 'median' "${words[1]}" ms
    result "${words[0]}" '95th percentile' "${words[2]}" ms 50
  done < <(jq -r '.rows[] | [.question, .p50, .p95] | @tsv' <<<"$out")
}
