# shellcheck shell=bash
# Editors in front of walls: processor time of the server for each minute that a tile plays, at several speeds, beside
# nginx giving the same bytes from plain files in the same run, while channels of 2 Mbps are recorded. Up to 4x tiles
# play every frame, beyond that keyframes, as the page decides for nine tiles of 640x360. To reach: twice nginx or less,
# and no gap.
#
#   LONGTAKE_BENCH_EDITORS    each with nine tiles and one sound (40)
#   LONGTAKE_BENCH_SPEEDS     ("1 4 16 32")
#   LONGTAKE_BENCH_STREAMS    recorded meanwhile (100)
#   LONGTAKE_BENCH_SECONDS    of each load (15)
#   LONGTAKE_BENCH_TURNS      loads of each speed on each server, by turns (3)
#   LONGTAKE_BENCH_PACE       below 1: the same requests, more rarely, for machines that cannot keep up (1)
#   LONGTAKE_BENCH_PORT       first of four ports on loopback (18340)
#
# What recording costs is measured between the loads and taken off. Two rows: media alone, and the whole page, which
# also listens to events, reports coverage, and asks for timelines and coverage.

_wall_sources=4 _wall_watched=12 _wall_minutes=30

# _wall_archive DATA: half an hour of past in the channels that are watched, each at its own phase.
_wall_archive() {
  local data=$1 footage=$BUILD_ROOT/bench/footage i past
  make_footage "$footage/wall-1.mp4" --channel 1 --tone 220 --name 'Bench 1' --seconds 64 --size 640x360 --bitrate 1900k
  past=$footage/wall-$_wall_minutes.mp4
  [[ $past -nt $footage/wall-1.mp4 ]] || ffmpeg -v error -nostdin -y -stream_loop -1 -i "$footage/wall-1.mp4" \
    -map 0 -c copy -t $((_wall_minutes * 60)) "$past" || die "ffmpeg could not make $past"
  for ((i = 0; i < _wall_watched; i++)); do
    "$LONGTAKE_BIN" import "bench $i" "$past" --at "$(date -u -d "@$_wall_begin" +%FT%T).$((i * 83 + 10))Z" \
      --data "$data" >/dev/null || die "nothing can be imported into channel $i"
  done
}

_wall_channels() {
  local data=$1 port=$2 streams=$3 i footage=$BUILD_ROOT/bench/footage
  for ((i = 1; i <= _wall_sources; i++)); do
    make_footage "$footage/record-$i.mp4" --channel $i --tone $((220 * i)) --name "Bench $i" --seconds 64 --size 960x540 --bitrate 1900k
    start_hls_live "live$i" "$footage/record-$i.mp4" pdt
  done
  for ((i = 0; i < streams; i++)); do
    "$LONGTAKE_BIN" channel add --name "bench $i" "http://127.0.0.1:$port/live$((i % _wall_sources + 1))/index.m3u8" \
      --data "$data" >/dev/null || die "channel $i could not be added"
  done
}

# _wall_people DATA EDITORS: one account each.
_wall_people() {
  local i
  for ((i = 1; i <= $2; i++)); do
    "$LONGTAKE_BIN" user add "editor$i@longtake.test" --role editor --password-stdin --data "$1" \
      <<<'bench bench bench 1' >/dev/null || die "no editor $i"
  done
}

# _wall_sign_in ORIGIN EDITORS FILE: a cookie a line.
_wall_sign_in() {
  local i jar=$3.jar
  for ((i = 1; i <= $2; i++)); do
    curl -sf -o /dev/null -c "$jar" -H "Origin: $1" -H 'Content-Type: application/json' \
      -d "{\"email\":\"editor$i@longtake.test\",\"password\":\"bench bench bench 1\"}" "$1/api/v1/session" || die 'sign-in failed'
    awk '/longtake_session/ {print $6 "=" $7}' "$jar" >>"$3"
    rm "$jar"
  done
}

# _wall_load PID PORT SPEED [OPTION...]: what wall_bench says.
_wall_load() {
  "$_wall_bench" load --pid "$1" --server "127.0.0.1:$2" --plan "$_wall_folder/peer/www/plan" --speed "$3" \
    --seconds "$_wall_seconds" --pace "${LONGTAKE_BENCH_PACE:-1}" --editors "$_wall_editors" "${@:4}" ||
    die "the load at $3x failed"
}

# _wall_number JSON EXPRESSION: four digits of it.
_wall_number() { calc "$(jq "$2" <<<"$1")"; }

# _wall_cost SAID REST: processor milliseconds for each tile-minute, recording taken off.
_wall_cost() {
  _wall_number "[$1, $2]" '(.[0].cpuMs - .[1].cpuMs / .[1].seconds * .[0].seconds) / .[0].tileMinutes'
}

_wall_check() {
  local failed
  failed=$(jq .failed <<<"$1")
  ((failed == 0)) || die "$failed requests of the load at $2x were not answered as they should"
}

# _wall_speed SPEED PID WORKER: rows of one speed.
_wall_speed() {
  local speed=$1 pid=$2 worker=$3 turn said rest peers=() ours=() pages=() case="$1x"
  local none='{"cpuMs":0,"seconds":1}' peer cookies=("--cookies" "$_wall_folder/cookies")
  for ((turn = 0; turn < ${LONGTAKE_BENCH_TURNS:-3}; turn++)); do
    rest=$("$_wall_bench" rest --pid "$pid" --seconds "$_wall_seconds")
    _wall_rests+=("$(_wall_number "$rest" '.cpuMs / .seconds')")
    said=$(_wall_load "$worker" "$_wall_port" "$speed")
    _wall_check "$said" "$speed"
    peers+=("$(_wall_cost "$said" "$none")")
    said=$(_wall_load "$pid" $((_wall_port + 2)) "$speed" "${cookies[@]}")
    _wall_check "$said" "$speed"
    ours+=("$(_wall_cost "$said" "$rest")")
    said=$(_wall_load "$pid" $((_wall_port + 2)) "$speed" "${cookies[@]}" --page 1)
    _wall_check "$said" "$speed"
    pages+=("$(_wall_cost "$said" "$rest")")
  done
  peer=$(median "${peers[@]}")
  result "$case" 'tile-minutes in one minute' "$(_wall_number "$said" '.tileMinutes / .seconds * 60')" ''
  result "$case" 'requests of media in one second' "$(_wall_number "$said" '.requests / .seconds')" ''
  result "$case" 'bytes of one of them, mean' "$(_wall_number "$said" '.bytes / .requests | floor')" B
  result "$case" 'answers of media, 95th percentile' "$(_wall_number "$said" .p95Ms)" ms
  result "$case" 'requests sent too late' "$(_wall_number "$said" '100 * .late / .requests')" '%'
  result "$case" 'nginx processor' "$peer" ms/tile-minute
  result "$case" 'longtake processor, media' "$(median "${ours[@]}")" ms/tile-minute
  result "$case" 'longtake processor, whole page' "$(median "${pages[@]}")" ms/tile-minute
  result "$case" 'media: longtake / nginx' "$(calc "$(median "${ours[@]}") / $peer")" '' 2
  result "$case" 'whole page: longtake / nginx' "$(calc "$(median "${pages[@]}") / $peer")" '' 2
}

# _wall_gaps ORIGIN SINCE: every gap since then, by cause.
_wall_gaps() {
  local cookie ids id gaps=''
  cookie=$(head -n 1 "$_wall_folder/cookies")
  ids=$(curl -sf -H "Cookie: $cookie" "$1/api/v1/channels?limit=200" | jq -r '.items[].id')
  for id in $ids; do
    gaps+=$(curl -sf -H "Cookie: $cookie" "$1/api/v1/channels/$id/timeline?from=$2&to=live" |
      jq -r --arg id "$id" '.gaps[] | "\(.cause) \(.from) \(.to) channel \($id)"')
    [[ -z $gaps ]] || gaps=${gaps%$'\n'}$'\n'
  done
  printf '%s' "$gaps" >"$_wall_folder/gaps"
  result recording 'gaps' "$(grep -c . "$_wall_folder/gaps")" '' 0
  while read -r id; do say "gap: $id"; done <"$_wall_folder/gaps"
}

bench_wall() {
  local data pid worker origin since streams=${LONGTAKE_BENCH_STREAMS:-100} speeds=${LONGTAKE_BENCH_SPEEDS:-1 4 16 32} speed ids
  _wall_folder='' _wall_rests=() _wall_editors=${LONGTAKE_BENCH_EDITORS:-40} _wall_seconds=${LONGTAKE_BENCH_SECONDS:-15}
  _wall_port=${LONGTAKE_BENCH_PORT:-18340} _wall_bench=$BUILD_ROOT/measure/bin/wall_bench
  build_preset measure wall_bench
  temporary_folder _wall_folder
  data=$_wall_folder/data origin=http://127.0.0.1:$((_wall_port + 2))
  mkdir -p "$data"
  export LONGTAKE_INGEST_ALLOW_PRIVATE=true
  start_nginx "$_wall_port" 0 "$_wall_folder/peer"
  worker=$(pgrep -P "$STARTED_PID")
  start_nginx $((_wall_port + 1)) 0 "$_wall_folder/sources"
  say 'making channels, people and half an hour of past'
  _wall_channels "$data" $((_wall_port + 1)) "$streams"
  _wall_begin=$(($(date +%s) - 3 * 3600))
  _wall_archive "$data"
  _wall_people "$data" "$_wall_editors"
  start_process longtake "$_wall_folder/log" "$LONGTAKE_BIN" serve --data "$data" --listen "127.0.0.1:$((_wall_port + 2))"
  pid=$STARTED_PID
  wait_serving 60 "$pid" $((_wall_port + 2)) longtake "$_wall_folder/log"
  _wall_sign_in "$origin" "$_wall_editors" "$_wall_folder/cookies"
  wait_until 120 "$streams recordings" _wall_recording "$origin" "$streams" || die "not all record: $(tail -n 3 "$_wall_folder/log")"
  ids=$(curl -sf -H "Cookie: $(head -n 1 "$_wall_folder/cookies")" "$origin/api/v1/channels?limit=200" |
    jq -r --argjson n $_wall_watched '[.items[] | select(.name | ltrimstr("bench ") | tonumber < $n) | .id] | join(",")')
  say 'asking for everything once, for the plain files'
  "$_wall_bench" survey --server "127.0.0.1:$((_wall_port + 2))" --cookies "$_wall_folder/cookies" --channels "$ids" \
    --from "$(date -u -d "@$((_wall_begin + 2))" +%FT%TZ)" --seconds $((_wall_minutes * 60 - 4)) --each 150 \
    --speeds "${speeds// /,}" --folder "$_wall_folder/peer/www" || die 'the survey failed'
  since=$(date -u +%FT%TZ)
  for speed in $speeds; do _wall_speed "$speed" "$pid" "$worker"; done
  alive "$pid" || die "longtake died: $(tail -n 3 "$_wall_folder/log")"
  result recording 'processor, of one core' "$(calc "$(median "${_wall_rests[@]}") / 10")" '%'
  result recording 'channels' "$streams" ''
  result recording 'seconds' "$(($(date +%s) - $(date -d "$since" +%s)))" s
  _wall_gaps "$origin" "$since"
}

_wall_recording() {
  local cookie
  cookie=$(head -n 1 "$_wall_folder/cookies")
  (($(curl -sf -H "Cookie: $cookie" "$1/api/v1/channels?limit=200" | jq '[.items[] | select(.state == "recording")] | length') == $2))
}
