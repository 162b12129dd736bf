# shellcheck shell=bash
# A 90-minute range out of a day of 15-minute segments as one MP4: first byte, and processor time of the
# server for each GB, beside nginx giving the same bytes from a plain file (sendfile on) in the same run.
#
#   LONGTAKE_BENCH_HOURS   length of the archive (24); about 0.9 GB an hour lies on disk meanwhile
#   LONGTAKE_BENCH_TURNS   downloads from each server, by turns (3)
#   LONGTAKE_BENCH_PORT    first of ten ports on loopback (18300)
#
# The archive is filled by `longtake import CHANNEL FILE --at INSTANT`.

_day=2026-01-15

# _instant SECONDS: that long after the beginning of the day.
_instant() { date -u -d "$_day +$1 seconds" +%FT%TZ; }

_fill_day() {
  local data=$1 hours=$2 footage=$BUILD_ROOT/bench/footage quarter i
  "$LONGTAKE_BIN" import --help >/dev/null 2>&1 || die "this build has no 'longtake import', which fills the archive"
  make_footage "$footage/record-1.mp4" --channel 1 --tone 220 --name 'Bench 1' --seconds 64 --size 960x540 --bitrate 1900k
  quarter=$footage/quarter.mp4
  [[ $quarter -nt $footage/record-1.mp4 ]] || ffmpeg -v error -nostdin -y -stream_loop -1 -i "$footage/record-1.mp4" \
    -map 0 -c copy -t 900 "$quarter" || die "ffmpeg could not make $quarter"
  "$LONGTAKE_BIN" channel add --name range 'http://127.0.0.1:9/none.m3u8' --data "$data" >/dev/null || die 'no channel'
  say "filling $hours hours of archive"
  for ((i = 0; i < hours * 4; i++)); do
    "$LONGTAKE_BIN" import range "$quarter" --at "$(_instant $((i * 900)))" --data "$data" >/dev/null ||
      die "import of quarter $i failed"
  done
}

# _first_byte_ms URL [CURL OPTION...]
_first_byte_ms() {
  local seconds
  seconds=$(curl -sf -o /dev/null -r 0-65535 -w '%{time_starttransfer}' "${@:2}" "$1") || die "$1 does not answer"
  calc "$seconds * 1000"
}

# _cost_per_gb PID URL [CURL OPTION...]: processor seconds of PID for each GB (10^9 bytes).
_cost_per_gb() {
  local pid=$1 url=$2 before after bytes
  shift 2
  before=$(cpu_ticks "$pid")
  bytes=$(curl -sf -o /dev/null -w '%{size_download}' "$@" "$url") || die "$url does not come whole"
  after=$(cpu_ticks "$pid")
  calc "$(seconds_of_ticks $((after - before))) * 1e9 / $bytes"
}

_sign_in() {
  local origin=$1 jar=$2
  curl -sf -o /dev/null -c "$jar" -H "Origin: $origin" -H 'Content-Type: application/json' \
    -d '{"email":"bench@longtake.test","password":"bench bench bench 1"}' "$origin/api/v1/session" || die 'sign-in failed'
}

bench_range() {
  local folder='' data pid url jar id hours=${LONGTAKE_BENCH_HOURS:-24} turns=${LONGTAKE_BENCH_TURNS:-3}
  local port=${LONGTAKE_BENCH_PORT:-18300} origin worker i ours=() peers=() firsts=() from
  temporary_folder folder
  data=$folder/data jar=$folder/jar
  mkdir -p "$data"
  export LONGTAKE_INGEST_ALLOW_PRIVATE=true
  "$LONGTAKE_BIN" user add bench@longtake.test --role superadmin --password-stdin --data "$data" \
    <<<'bench bench bench 1' >/dev/null || die 'no person'
  _fill_day "$data" "$hours"
  id=$("$LONGTAKE_BIN" channel list --json --data "$data" | jq -r '(.items? // .)[0].id')
  start_process longtake "$folder/log" "$LONGTAKE_BIN" serve --data "$data" --listen "127.0.0.1:$((port + 5))"
  pid=$STARTED_PID origin=http://127.0.0.1:$((port + 5))
  wait_serving 60 "$pid" $((port + 5)) longtake "$folder/log"
  _sign_in "$origin" "$jar"
  # Neither end on a segment's edge: the middle of the archive, 7 minutes 13 seconds into a quarter.
  from=$((hours * 1800 - 2700 + 433))
  url="$origin/api/v1/channels/$id/video.mp4?from=$(_instant $from)&to=$(_instant $((from + 5400)))"
  result '90 min MP4' 'first byte, first time' "$(_first_byte_ms "$url" -b "$jar")" ms
  for ((i = 0; i < 9; i++)); do firsts+=("$(_first_byte_ms "$url" -b "$jar")"); done
  result '90 min MP4' 'first byte, warm, median of 9' "$(median "${firsts[@]}")" ms 10

  mkdir -p "$folder/nginx/www"
  curl -sf -b "$jar" -o "$folder/nginx/www/plain.mp4" "$url" || die 'the range does not come whole'
  ffprobe -v error "$folder/nginx/www/plain.mp4" || die 'the range is not a sound MP4'
  result '90 min MP4' 'size' "$(calc "$(stat -c %s "$folder/nginx/www/plain.mp4") / 1e9")" GB
  start_nginx "$port" 0 "$folder/nginx"
  worker=$(pgrep -P "$STARTED_PID")
  for ((i = 0; i < turns; i++)); do
    peers+=("$(_cost_per_gb "$worker" "http://127.0.0.1:$port/plain.mp4")")
    ours+=("$(_cost_per_gb "$pid" "$url" -b "$jar")")
  done
  result '90 min MP4' "nginx processor per GB, median of $turns" "$(median "${peers[@]}")" s
  result '90 min MP4' "longtake processor per GB, median of $turns" "$(median "${ours[@]}")" s
  result '90 min MP4' 'longtake / nginx, processor' "$(calc "$(median "${ours[@]}") / $(median "${peers[@]}")")" '' 2
}
