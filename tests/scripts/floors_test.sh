#!/usr/bin/env bash
# The checker of floors must catch every kind of trespass, and leave honest code alone.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/../../scripts/lib/common.sh"
# shellcheck source=scripts/lib/process.sh
. "$ROOT/scripts/lib/process.sh"
# shellcheck source=scripts/lib/floors.sh
. "$ROOT/scripts/lib/floors.sh"
# shellcheck source=tests/scripts/expect.sh
. "$here/expect.sh"
end_with_script
folder=''
temporary_folder folder

# house FILE INCLUDE...: a fresh source tree with one file holding these include lines.
house() {
  rm -rf "$folder/src"
  mkdir -p "$folder/src/$(dirname "$1")"
  printf '#include %s\n' "${@:2}" >"$folder/src/$1"
}
refused() {
  local name=$1 words=$2 said
  if said=$(check_floors "$ROOT/scripts/floors.txt" "$folder/src"); then
    not_ok "$name" 'nothing was found'
  elif [[ $said == *"$words"* ]]; then
    ok "$name"
  else
    not_ok "$name" "it said: $said"
  fi
}
allowed() {
  local said
  if said=$(check_floors "$ROOT/scripts/floors.txt" "$folder/src"); then ok "$1"; else not_ok "$1" "$said"; fi
}

house archive/catalog.cpp '"archive/catalog.h"' '"storage/sql/session.h"' '"base/result.h"' '<vector>' '<sys/stat.h>'
allowed 'lower floors and the own room'
house media/ffmpeg/demuxer.cpp '<libavformat/avformat.h>' '"media/packet.h"'
allowed 'libav in media/ffmpeg'
house http/core.cpp '<boost/beast/http.hpp>' '<boost/asio.hpp>'
allowed 'Beast and Asio in http'
house io/executor.cpp '<boost/asio/io_context.hpp>' '<curl/curl.h>'
allowed 'Asio and curl in io'
house api/channels.cpp '"http/router.h"' '"ingest/supervisor.h"'
allowed 'http in api'

house archive/catalog.cpp '"playback/mp4.h"'
refused 'a higher floor' 'src/archive/catalog.cpp:1: archive (floor 3) may not include playback (floor 4)'
house archive/catalog.cpp '"base/id.h"' '"access/person.h"'
refused 'a neighbour' 'src/archive/catalog.cpp:2: archive may not include its neighbour access'
house media/io_test.cpp '"io/file.h"'
refused 'a neighbour, from a test' 'neighbour io'
house playback/frame.cpp '<libavcodec/avcodec.h>'
refused 'libav outside media/ffmpeg' 'belongs only in media/ffmpeg'
house media/mp4/writer.cpp '<libswscale/swscale.h>'
refused 'libswscale in another part of media' 'belongs only in media/ffmpeg'
house archive/catalog.cpp '<soci/soci.h>'
refused 'the SQL driver outside storage/sql' 'belongs only in storage/sql'
house storage/blobs/disk.cpp '<sqlite3.h>'
refused 'sqlite outside storage/sql' 'belongs only in storage/sql'
house ingest/supervisor.cpp '<boost/asio.hpp>'
refused 'Asio outside io and http' 'belongs only in io http'
house io/client.cpp '<boost/beast/core.hpp>'
refused 'Beast outside http' 'belongs only in http'
house playback/views.cpp '"http/response.h"'
refused 'http outside api and app' 'belongs only in http api app'
house archive/catalog.cpp '"../base/id.h"'
refused 'a relative include' 'write includes from src/'
house archive/catalog.cpp '"catalog.h"'
refused 'an include without its room' 'write includes from src/'
house cellar/wine.cpp '<vector>'
refused 'a room that is not in the table' 'room cellar is not in the table'
house archive/catalog.cpp '"cellar/wine.h"'
refused 'an include of an unknown room' 'no room cellar'
house archive/catalog.cpp '<vector>'
printf '#include <vector>\n' >"$folder/src/stray.cpp"
refused 'a file outside every room' 'outside every room'
house archive/odd.h '<vector>'
printf '  #  include   "api/routes.h"\n' >>"$folder/src/archive/odd.h"
refused 'an include written with spaces' 'may not include api'

house archive/catalog.cpp '<vector>'
printf 'floor zero base\n' >"$folder/table"
if check_floors "$folder/table" "$folder/src" >/dev/null; then not_ok 'a broken table' 'accepted'; else ok 'a broken table is refused'; fi
if check_floors "$folder/missing" "$folder/src" >/dev/null; then not_ok 'a missing table' 'accepted'; else ok 'a missing table is refused'; fi
finish
