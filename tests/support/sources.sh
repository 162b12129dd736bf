# shellcheck shell=bash
# Live sources on loopback made from a file, looped without re-encoding. Needs scripts/lib/common.sh and
# process.sh. Each start_* returns when the source really serves, leaves its address in SOURCE_URL and the
# process in STARTED_PID, and registers it to be ended with the script.

SUPPORT_BIN=${LONGTAKE_SUPPORT_BIN:-$BUILD_ROOT/support/bin}

# build_support: compiles rtsp_source and http_source when they are older than their text.
build_support() {
  local stamp=$BUILD_ROOT/support/built
  newer_than "$stamp" "$ROOT/tests/support"/{CMakeLists.txt,*.cpp} || return 0
  say 'building the source programs'
  mkdir -p "$BUILD_ROOT/support"
  local launcher=()
  have ccache && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  if ! { cmake -S "$ROOT/tests/support" -B "$BUILD_ROOT/support" -G Ninja "${launcher[@]}" &&
    cmake --build "$BUILD_ROOT/support" -j "$(jobs_for_build)"; } >"$BUILD_ROOT/support/build.log" 2>&1; then
    tail -n 20 "$BUILD_ROOT/support/build.log" >&2
    die 'the source programs do not compile; see above'
  fi
  touch "$stamp"
}

# supervise COMMAND...: starts COMMAND again whenever it ends, until told to stop. srt-live-transmit does not always
# hear SIGTERM while nobody is connected: it is given two seconds.
supervise() {
  local child=''
  trap 'stop_process "$child" 2; exit 0' TERM INT
  while :; do
    "$@" &
    child=$!
    wait "$child" || true
    sleep 0.3 # one that ends at once is not started a thousand times a second
  done
}

# _live FILE: ffmpeg options that read FILE at its own pace, for ever.
_live() { _live_input=(ffmpeg -v error -nostdin -re -stream_loop -1 -i "$1" -map 0 -c copy); }

_udp_bound() { grep -q "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") " /proc/net/udp; }
_playlist_has() { (($(curl -sf "$1" | grep -c '^#EXTINF') >= $2)); }
_log_says() { grep -q "$2" "$1"; }
# The application has a name too, and a stream that is asked for is listed before anybody publishes it.
_rtmp_published() {
  curl -sf "http://127.0.0.1:$1/stat" | tr -d '\r\n' | sed 's/<stream>/\n&/g' |
    grep -q "^<stream><name>$2</name>.*<publishing/>"
}

# start_nginx HTTP_PORT RTMP_PORT FOLDER: serves FOLDER/www over HTTP and takes and gives RTMP under /live.
# An RTMP_PORT of 0 leaves RTMP out.
start_nginx() {
  local http=$1 rtmp=$2 folder=$3
  mkdir -p "$folder/www" "$folder/temp"
  {
    ((EUID == 0)) && echo 'user root;'
    ((rtmp > 0)) && echo 'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;'
    cat <<NGINX
worker_processes 1;
daemon off;
pid $folder/nginx.pid;
error_log $folder/nginx.log warn;
events { worker_connections 2048; }
http {
  access_log off;
  sendfile on;
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/mp4 mp4 m4s; text/html html; }
  client_body_temp_path $folder/temp/body; proxy_temp_path $folder/temp/proxy;
  fastcgi_temp_path $folder/temp/fastcgi; uwsgi_temp_path $folder/temp/uwsgi; scgi_temp_path $folder/temp/scgi;
  server {
    listen 127.0.0.1:$http;
    root $folder/www;
    location ~ \.m3u8\$ { add_header Cache-Control no-cache; add_header Access-Control-Allow-Origin *; }
    $( ((rtmp > 0)) && echo 'location = /stat { rtmp_stat all; }')
  }
}
NGINX
    ((rtmp > 0)) && echo "rtmp { access_log off; server { listen 127.0.0.1:$rtmp; chunk_size 4096;
      application live { live on; wait_key on; idle_streams off; drop_idle_publisher 10s; } } }"
    true
  } >"$folder/nginx.conf"
  port_open "$http" && die "port $http is taken; give another for the sources"
  start_process nginx "$folder/nginx.out" nginx -p "$folder" -e "$folder/nginx.log" -c "$folder/nginx.conf"
  wait_serving 10 "$STARTED_PID" "$http" nginx "$folder/nginx.log"
  NGINX_HTTP=$http NGINX_RTMP=$rtmp NGINX_FOLDER=$folder
  SOURCE_URL=http://127.0.0.1:$http
}

# start_hls_live NAME FILE [fmp4] [pdt] [apart] [window=N] [seconds=2]: under the nginx started before. pdt writes
# EXT-X-PROGRAM-DATE-TIME; apart makes a master playlist with the sound as a rendition of its own; window is the
# number of listed segments (6), more of them make a DVR window.
start_hls_live() {
  local name=$1 file=$2 folder=$NGINX_FOLDER/www/$1 flags=delete_segments+omit_endlist+temp_file
  local type=mpegts ending=ts window=6 seconds=2 apart='' master=() place='' watched=index word _live_input
  shift 2
  for word; do
    case $word in
      fmp4) type=fmp4 ending=m4s ;;
      pdt) flags+=+program_date_time ;;
      apart) apart=yes ;;
      window=*) window=${word#*=} ;;
      seconds=*) seconds=${word#*=} ;;
      *) die "start_hls_live: no option $word" ;;
    esac
  done
  rm -rf "$folder"
  mkdir -p "$folder"
  if [[ $apart ]]; then
    place=-%v watched=index-1
    master=(-master_pl_name "master.m3u8" -var_stream_map 'v:0,agroup:sound a:0,agroup:sound,default:yes')
  fi
  _live "$file"
  start_process "hls $name" "$folder.log" supervise "${_live_input[@]}" -f hls -hls_time "$seconds" \
    -hls_list_size "$window" -hls_delete_threshold 4 -hls_flags "$flags" -hls_segment_type "$type" "${master[@]}" \
    -hls_fmp4_init_filename "init$place.mp4" -hls_segment_filename "$folder/%06d$place.$ending" \
    "$folder/index$place.m3u8"
  SOURCE_URL=http://127.0.0.1:$NGINX_HTTP/$name/$watched.m3u8
  wait_until 30 "the playlist $SOURCE_URL" _playlist_has "$SOURCE_URL" 2
  if [[ $apart ]]; then SOURCE_URL=http://127.0.0.1:$NGINX_HTTP/$name/master.m3u8; fi
}

# start_rtmp NAME FILE: published to the nginx started before, to be pulled from it.
start_rtmp() {
  local _live_input
  _live "$2"
  SOURCE_URL=rtmp://127.0.0.1:$NGINX_RTMP/live/$1
  start_process "rtmp $1" "$NGINX_FOLDER/rtmp-$1.log" supervise "${_live_input[@]}" -f flv "$SOURCE_URL"
  wait_until 20 "the stream $SOURCE_URL" _rtmp_published "$NGINX_HTTP" "$1"
}

# start_rtsp PORT FOLDER NAME=FILE... [--login USER:PASSWORD]: SOURCE_URL is the server's; mounts are below.
start_rtsp() {
  local port=$1 folder=$2
  shift 2
  port_open "$port" && die "port $port is taken; give another for the sources"
  mkdir -p "$folder"
  start_process rtsp "$folder/rtsp-$port.log" "$SUPPORT_BIN/rtsp_source" "$port" "$@"
  wait_until 30 "the RTSP server on port $port" _log_says "$folder/rtsp-$port.log" '^ready'
  SOURCE_URL=rtsp://127.0.0.1:$port
}

# start_srt PORT FOLDER FILE: a listener that takes one caller at a time, again and again. The UDP port
# PORT+1 carries the stream to it.
start_srt() {
  local port=$1 folder=$2 file=$3 _live_input
  mkdir -p "$folder"
  _udp_bound "$port" && die "port $port is taken; give another for the sources"
  start_process "srt $port" "$folder/srt-$port.log" supervise srt-live-transmit -q -loglevel:error \
    "udp://127.0.0.1:$((port + 1))" "srt://127.0.0.1:$port?mode=listener&latency=200"
  wait_until 10 "the SRT listener on port $port" _udp_bound "$((port + 1))"
  _live "$file"
  start_process "srt feed $port" "$folder/srt-$port.feed.log" supervise "${_live_input[@]}" -f mpegts \
    "udp://127.0.0.1:$((port + 1))?pkt_size=1316"
  SOURCE_URL=srt://127.0.0.1:$port
  wait_until 10 "the SRT listener on port $port" _udp_bound "$port"
}

# start_http_ts PORT FOLDER FILE: MPEG-TS over HTTP for any number of readers.
start_http_ts() {
  local port=$1 folder=$2 _live_input
  mkdir -p "$folder"
  port_open "$port" && die "port $port is taken; give another for the sources"
  _live "$3"
  # shellcheck disable=SC2016  # expanded by the inner shell; ffmpeg ends when nobody reads its pipe
  start_process "http $port" "$folder/http-$port.log" bash -c \
    'exec "$0" "$1" < <(shift; exec "$@" -f mpegts - 2>/dev/null)' "$SUPPORT_BIN/http_source" "$port" \
    "${_live_input[@]}"
  SOURCE_URL=http://127.0.0.1:$port/live.ts
  wait_serving 10 "$STARTED_PID" "$port" http_source "$folder/http-$port.log"
}

# start_udp_ts PORT FOLDER FILE: MPEG-TS sent to a UDP port, heard or not.
start_udp_ts() {
  local _live_input
  mkdir -p "$2"
  _live "$3"
  start_process "udp $1" "$2/udp-$1.log" supervise "${_live_input[@]}" -f mpegts "udp://127.0.0.1:$1?pkt_size=1316"
  SOURCE_URL=udp://127.0.0.1:$1
}
