# shellcheck shell=bash
# Small answers of the API, session and all: GET /me, and GET /channels on a site with many channels; requests a
# second and processor time a request, beside nginx giving the same bytes from a file in the same run. And what one
# sign-in costs.
#
#   LONGTAKE_BENCH_CHANNELS      channels of the organization (1000)
#   LONGTAKE_BENCH_SECONDS       of each load (5)
#   LONGTAKE_BENCH_CONNECTIONS   kept open by each load (16)
#   LONGTAKE_BENCH_TURNS         loads on each server, by turns (3)
#   LONGTAKE_BENCH_PORT          first of two ports on loopback (18320)

_person='{"email":"bench@longtake.test","password":"bench bench bench 1"}'

# _load PID URL [HEADER]: requests a second, and processor microseconds of PID for each request.
_load() {
  local before after said requests rate
  before=$(cpu_ticks "$1")
  said=$(wrk -t 1 -c "${LONGTAKE_BENCH_CONNECTIONS:-16}" -d "${LONGTAKE_BENCH_SECONDS:-5}s" ${3:+-H "$3"} "$2") || die "wrk failed on $2"
  after=$(cpu_ticks "$1")
  [[ $said != *'Non-2xx'* ]] || die "$2 is refused: $said"
  requests=$(awk '/ requests in / {print $1}' <<<"$said")
  rate=$(awk '/^Requests\/sec:/ {print $2}' <<<"$said")
  echo "$rate $(calc "$(seconds_of_ticks $((after - before))) * 1e6 / $requests")"
}

# _add_channels ORIGIN JAR COUNT: none of them records.
_add_channels() {
  local i
  for ((i = 1; i <= $3; i++)); do
    ((i == 1)) || echo next
    printf 'url = "%s/api/v1/channels"\ncookie = "%s"\nheader = "Origin: %s"\nheader = "Content-Type: application/json"\n' "$1" "$2" "$1"
    printf 'data = "{\\"name\\":\\"Channel %04d\\",\\"start\\":false,\\"source\\":{\\"url\\":\\"http://127.0.0.1:9/%d.m3u8\\"}}"\noutput = "/dev/null"\nfail\nsilent\n' "$i" "$i"
  done | curl -K - || die 'the channels cannot be added'
}

# _compare NAME PATH: by turns. Uses what bench_api has set.
_compare() {
  local name=$1 path=$2 i words ours=() peers=() our_rates=() peer_rates=()
  curl -sf -H "Cookie: $cookie" -o "$folder/nginx/www/$name" "$origin/api/v1/$path" || die "$path does not answer"
  for ((i = 0; i < turns; i++)); do
    read -ra words <<<"$(_load "$worker" "http://127.0.0.1:$port/$name")"
    peer_rates+=("${words[0]}") peers+=("${words[1]}")
    read -ra words <<<"$(_load "$pid" "$origin/api/v1/$path" "Cookie: $cookie")"
    our_rates+=("${words[0]}") ours+=("${words[1]}")
  done
  result "GET /$path" 'bytes of the answer' "$(stat -c %s "$folder/nginx/www/$name")" B
  result "GET /$path" "nginx requests, median of $turns" "$(median "${peer_rates[@]}")" /s
  result "GET /$path" "longtake requests, median of $turns" "$(median "${our_rates[@]}")" /s
  result "GET /$path" "nginx processor, median of $turns" "$(median "${peers[@]}")" us/request
  result "GET /$path" "longtake processor, median of $turns" "$(median "${ours[@]}")" us/request
  result "GET /$path" 'longtake / nginx, processor' "$(calc "$(median "${ours[@]}") / $(median "${peers[@]}")")" '' 3
}

bench_api() {
  local folder='' data pid jar cookie port=${LONGTAKE_BENCH_PORT:-18320} origin worker turns=${LONGTAKE_BENCH_TURNS:-3} i before
  temporary_folder folder
  data=$folder/data jar=$folder/jar origin=http://127.0.0.1:$((port + 1))
  mkdir -p "$data" "$folder/nginx/www"
  "$LONGTAKE_BIN" user add bench@longtake.test --role superadmin --password-stdin --data "$data" \
    <<<'bench bench bench 1' >/dev/null || die 'no person'
  LONGTAKE_INGEST_ALLOW_PRIVATE=true start_process longtake "$folder/log" "$LONGTAKE_BIN" serve --data "$data" --listen "127.0.0.1:$((port + 1))"
  pid=$STARTED_PID
  wait_serving 60 "$pid" $((port + 1)) longtake "$folder/log"
  before=$(cpu_ticks "$pid")
  for ((i = 0; i < 20; i++)); do
    curl -sf -o /dev/null -c "$jar" -H "Origin: $origin" -H 'Content-Type: application/json' -d "$_person" "$origin/api/v1/session" || die 'sign-in failed'
  done
  result 'POST /session' 'processor, mean of 20' "$(calc "$(seconds_of_ticks $(($(cpu_ticks "$pid") - before))) * 1000 / 20")" ms
  cookie=$(awk '/longtake_session/ {print $6 "=" $7}' "$jar")
  _add_channels "$origin" "$cookie" "${LONGTAKE_BENCH_CHANNELS:-1000}"
  start_nginx "$port" 0 "$folder/nginx"
  worker=$(pgrep -P "$STARTED_PID")
  _compare me me
  _compare channels channels
  _compare channels-200 'channels?limit=200'
}
