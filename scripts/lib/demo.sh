# shellcheck shell=bash
# The demo's four programmes, made once, and their live sources. Needs common.sh, process.sh and
# tests/support/{footage,sources}.sh.

DEMO_SECONDS=64 # a whole number of groups of pictures and of audio frames: loops without a seam

# make_demo_footage FOLDER: about half a minute on two cores, once. One after another, where Ctrl-C reaches them; each
# encoder uses all cores.
make_demo_footage() {
  local folder=$1
  local common=(--seconds "$DEMO_SECONDS" --size 640x360 --bitrate 900k)
  [[ -s $folder/4.mp4.made ]] || say 'making the demo programmes (once)'
  make_footage "$folder/1.mp4" --channel 1 --name 'Channel One' --picture tests --tone 330 "${common[@]}"
  make_footage "$folder/2.mp4" --channel 2 --name 'City News' --picture gradients --tone 440 --bframes 2 "${common[@]}"
  make_footage "$folder/3.mp4" --channel 3 --name 'Court Three' --picture life --tone 550 "${common[@]}"
  make_footage "$folder/4.mp4" --channel 4 --name 'Night Radio' --picture bars --tone 660 "${common[@]}"
}

# start_demo_sources FOOTAGE FOLDER PORT: uses ports from PORT on; leaves "name<TAB>address" lines in
# DEMO_CHANNELS.
start_demo_sources() {
  local footage=$1 folder=$2 port=$3
  DEMO_CHANNELS=()
  start_nginx "$port" $((port + 1)) "$folder"
  start_hls_live news "$footage/2.mp4" pdt
  DEMO_CHANNELS+=("City News"$'\t'"$SOURCE_URL")
  start_rtmp court "$footage/3.mp4"
  DEMO_CHANNELS+=("Court Three"$'\t'"$SOURCE_URL")
  start_rtsp $((port + 2)) "$folder" one="$footage/1.mp4"
  DEMO_CHANNELS+=("Channel One"$'\t'"$SOURCE_URL/one")
  start_srt $((port + 3)) "$folder" "$footage/4.mp4"
  DEMO_CHANNELS+=("Night Radio"$'\t'"$SOURCE_URL")
}
