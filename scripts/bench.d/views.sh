# shellcheck shell=bash
# Laying out views, without a server: films, fragments on the wall clock and playlists over six hours of segments, and
# the tables of a film and its indexes alone. Nothing else does this work, so there is no peer; figures are
# processor time for each view.
#
#   LONGTAKE_BENCH_SECONDS   of each view (1)

bench_views() {
  local program out line cells
  build_preset measure movie_bench playback_bench
  for program in movie_bench playback_bench; do
    out=$("$BUILD_ROOT/measure/bin/$program" --benchmark_format=json --benchmark_min_time="${LONGTAKE_BENCH_SECONDS:-1}") ||
      die "$program failed"
    jq -e 'any(.benchmarks[]; .error_occurred == true) | not' <<<"$out" >/dev/null ||
      die "$program: $(jq -r 'first(.benchmarks[] | select(.error_occurred) | .error_message)' <<<"$out")"
    while IFS= read -r line; do
      read -ra cells <<<"$line"
      result "${program%_bench}" "${cells[0]}" "$(calc "${cells[1]}")" "${cells[2]}/view"
    done < <(jq -r '.benchmarks[] | "\(.name) \(.cpu_time) \(.time_unit)"' <<<"$out")
  done
}
