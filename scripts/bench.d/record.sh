# shellcheck shell=bash
# Recording N live channels of 2 Mbps: processor seconds for each stream-hour and memory for each stream,
# beside N processes of ffmpeg -c copy -f segment on the same sources in the same run.
#
#   LONGTAKE_BENCH_STREAMS    how many channels, one case each           ("10 50 100")
#   LONGTAKE_BENCH_PROTOCOLS  of hls rtmp rtsp                           ("hls rtmp rtsp")
#   LONGTAKE_BENCH_SECONDS    measured time of each case                 (60)
#   LONGTAKE_BENCH_WARMUP     seconds between all recording and measuring (15)
#   LONGTAKE_BENCH_PORT       first of ten ports on loopback             (18300)

_sources=4 # distinct programmes, so that keyframes do not all fall together

_bench_sources() {
  local folder=$1 port=$2 i footage=$BUILD_ROOT/bench/footage mounts=()
  local options=(--seconds 64 --size 960x540 --bitrate 1900k)
  say 'making the footage (once)'
  for ((i = 1; i <= _sources; i++)); do
    make_footage "$footage/record-$i.mp4" --channel $i --tone $((220 * i)) --name "Bench $i" "${options[@]}"
  done
  start_nginx "$port" $((port + 1)) "$folder"
  for ((i = 1; i <= _sources; i++)); do
    start_hls_live "live$i" "$footage/record-$i.mp4" pdt
    start_rtmp "live$i" "$footage/record-$i.mp4"
    mounts+=("live$i=$footage/record-$i.mp4")
  done
  start_rtsp $((port + 2)) "$folder" "${mounts[@]}"
}

# _address PROTOCOL NUMBER: where channel NUMBER reads.
_address() {
  local name=live$(($2 % _sources + 1))
  case $1 in
    hls) echo "http://127.0.0.1:$_port/$name/index.m3u8" ;;
    rtmp) echo "rtmp://127.0.0.1:$((_port + 1))/live/$name" ;;
    rtsp) echo "rtsp://127.0.0.1:$((_port + 2))/$name" ;;
    *) die "no protocol '$1' (hls, rtmp, rtsp)" ;;
  esac
}

# _files_growing FOLDER ENDING COUNT: COUNT files with bytes in them.
_files_growing() { (($(find "$1" -name "*.$2" -size +0c | wc -l) >= $3)); }

# _measure CASE NAME STREAMS PID...: prints rows; leaves _hour and _memory.
_measure() {
  local case=$1 name=$2 streams=$3 before after started ended
  shift 3
  sleep "$_warmup"
  before=$(cpu_ticks "$@") started=$(now_ms)
  sleep "$_seconds"
  after=$(cpu_ticks "$@") ended=$(now_ms)
  _hour=$(calc "$(seconds_of_ticks $((after - before))) / $streams * 3600000 / ($ended - $started)")
  _memory=$(calc "$(memory_kb Pss "$@") / 1024 / $streams")
  result "$case" "$name processor per stream-hour" "$_hour" 's'
  result "$case" "$name memory per stream (Pss)" "$_memory" 'MB'
}

_record_with_longtake() {
  local protocol=$1 streams=$2 data=$3 i pid
  export LONGTAKE_INGEST_ALLOW_PRIVATE=true
  mkdir -p "$data"
  for ((i = 0; i < streams; i++)); do
    "$LONGTAKE_BIN" channel add --name "bench $i" "$(_address "$protocol" "$i")" --data "$data" >/dev/null ||
      die "channel $i could not be added"
  done
  start_process longtake "$data.log" "$LONGTAKE_BIN" serve --data "$data" --listen "127.0.0.1:$((_port + 5))"
  pid=$STARTED_PID
  wait_until 120 "$streams recordings by longtake" _files_growing "$data" mp4 "$streams" || {
    tail -n 5 "$data.log" >&2
    die 'longtake does not record'
  }
  _measure "$protocol x $streams" longtake "$streams" "$pid"
  alive "$pid" || die "longtake died: $(tail -n 3 "$data.log")"
  _check_growth "$data" "$streams"
  stop_process "$pid" 20
}

# Half of what was to come must be on disk, or the figures mean nothing.
_check_growth() {
  local bytes wanted
  bytes=$(du -sb "$1" | cut -f1)
  wanted=$(($2 * _seconds * 2000000 / 8 / 2))
  ((bytes >= wanted)) || die "only $bytes bytes of at least $wanted were recorded in $1"
}

_record_with_ffmpeg() {
  local protocol=$1 streams=$2 out=$3 i pids=() options=()
  mkdir -p "$out"
  [[ $protocol == rtsp ]] && options=(-rtsp_transport tcp)
  for ((i = 0; i < streams; i++)); do
    start_process "ffmpeg $i" "$out/$i.log" ffmpeg -v error -nostdin "${options[@]}" -i "$(_address "$protocol" "$i")" \
      -map 0 -c copy -f segment -segment_time 900 -segment_format mp4 \
      -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof "$out/$i-%03d.mp4"
    pids+=("$STARTED_PID")
  done
  wait_until 120 "$streams recordings by ffmpeg" _files_growing "$out" mp4 "$streams" || die "ffmpeg does not record: $(cat "$out"/*.log | tail -n 3)"
  _measure "$protocol x $streams" ffmpeg "$streams" "${pids[@]}"
  _check_growth "$out" "$streams"
  kill -TERM "${pids[@]}" 2>/dev/null || true
  for i in "${pids[@]}"; do stop_process "$i"; done
}

bench_record() {
  local protocol streams folder='' peer goal
  _port=${LONGTAKE_BENCH_PORT:-18300} _seconds=${LONGTAKE_BENCH_SECONDS:-60} _warmup=${LONGTAKE_BENCH_WARMUP:-15}
  temporary_folder folder
  _bench_sources "$folder/sources" "$_port"
  for protocol in ${LONGTAKE_BENCH_PROTOCOLS:-hls rtmp rtsp}; do
    for streams in ${LONGTAKE_BENCH_STREAMS:-10 50 100}; do
      _record_with_ffmpeg "$protocol" "$streams" "$folder/ffmpeg"
      peer=$_hour
      rm -rf "$folder/ffmpeg"
      _record_with_longtake "$protocol" "$streams" "$folder/longtake"
      rm -rf "$folder/longtake"
      goal=0.6
      [[ $protocol == hls ]] && goal=0.8
      result "$protocol x $streams" 'longtake / ffmpeg, processor' "$(calc "$_hour / $peer")" '' "$goal"
      result "$protocol x $streams" 'longtake memory against goal' "$_memory" 'MB' 8
    done
  done
}
