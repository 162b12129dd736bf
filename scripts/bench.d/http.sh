# shellcheck shell=bash
# The HTTP server alone: processor time for a file sent as slices and for a trivial GET, beside nginx (sendfile on)
# in the same run. Uses the ports 18480 and 18481 on loopback.
#
#   LONGTAKE_BENCH_MEGABYTES   of the file (2)
#   LONGTAKE_BENCH_REQUESTS    trivial requests (1000)

bench_http() {
  local folder='' out figures
  build_preset measure http_bench
  temporary_folder folder
  out=$folder/http.json
  "$BUILD_ROOT/measure/bin/http_bench" --megabytes "${LONGTAKE_BENCH_MEGABYTES:-2}" \
    --requests "${LONGTAKE_BENCH_REQUESTS:-1000}" --json "$out" >"$folder/said" || die "http_bench failed: $(tail -n 1 "$folder/said")"
  read -ra figures <<<"$(jq -r '[.cpuMsPerMb, .cpuUsPerGet, .nginx.cpuMsPerMb, .nginx.cpuUsPerGet] | map(tostring) | join(" ")' "$out")"
  [[ ${figures[2]} != null ]] || die 'there is no nginx to compare with'
  result 'http file' 'nginx processor' "${figures[2]}" ms/MB
  result 'http file' 'longtake processor' "${figures[0]}" ms/MB
  result 'http file' 'longtake / nginx, processor' "$(calc "${figures[0]} / ${figures[2]}")" ''
  result 'http GET' 'nginx processor' "${figures[3]}" us/request
  result 'http GET' 'longtake processor' "${figures[1]}" us/request
  result 'http GET' 'longtake / nginx, processor' "$(calc "${figures[1]} / ${figures[3]}")" ''
}
