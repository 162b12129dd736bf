# shellcheck shell=bash
# One picture at a random instant (found, read, decoded to the instant, encoded as JPEG): processor time beside
# libav decoding the same GOP whole, in the same run, for GOPs of 2 s at two sizes.
#
#   LONGTAKE_BENCH_PICTURES   random instants of each size (200)

bench_frame() {
  local footage=$BUILD_ROOT/bench/footage size rate clip out
  build_preset measure frame_bench
  for size in 960x540 1920x1080; do
    rate=1900k
    [[ $size == 1920x1080 ]] && rate=5000k
    make_footage "$footage/frame-$size.mp4" --channel 1 --tone 220 --name 'Bench 1' --seconds 20 --size "$size" --bitrate $rate
    clip=$footage/frame-$size.ts
    [[ $clip -nt $footage/frame-$size.mp4 ]] ||
      ffmpeg -v error -nostdin -y -i "$footage/frame-$size.mp4" -map 0 -c copy -muxdelay 0 -f mpegts "$clip"
    out=$("$BUILD_ROOT/measure/bin/frame_bench" "$clip" "${LONGTAKE_BENCH_PICTURES:-200}") || die 'frame_bench failed'
    result "frame $size" 'bare decode of its GOP, mean' "$(jq .bare_mean_ms <<<"$out")" ms
    result "frame $size" 'one picture as JPEG, mean' "$(jq .ours_mean_ms <<<"$out")" ms
    result "frame $size" 'longtake / bare decode' "$(calc "$(jq .ours_mean_ms <<<"$out") / $(jq .bare_mean_ms <<<"$out")")" '' 1.5
  done
}
