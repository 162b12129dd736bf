# shellcheck shell=bash
# Makes clips with the machine-readable counter of counter.md burned in. Needs scripts/lib/common.sh.
#
#   make_footage OUT [--channel 1] [--name TEXT] [--picture tests|gradients|life|cells|bars]
#     [--size 640x360] [--fps 25] [--gop 50] [--bframes 0] [--codec h264|hevc|av1|none]
#     [--audio aac|mp2|mp3|opus|ac3|alaw|ulaw|none] [--tone 440] [--bitrate 800k] [--seconds 8] [--from 0]
#
# OUT's ending picks the container (mp4, mov for G.711, ts, mkv). A clip made earlier with the same
# options is used again. Time stamps start at 0. Pick --seconds as a multiple of 8 (with 25 fps, a GOP of
# 50 and AAC) and sound and picture end together, so that the clip loops without a seam. --from sets the
# counter's first frame number.

# _counter_filter CHANNEL FROM: drawbox filters of counter.md.
_counter_filter() {
  local channel=$1 from=$2 bit white=0 ones='' number="(n+$2)" filter
  ((from == 0)) && number=n
  local box=':y=0:w=iw/32:h=iw/32:color=white:t=fill'
  filter='drawbox=x=0:y=0:w=iw:h=iw/32:color=black:t=fill'
  filter+=",drawbox=x=0$box,drawbox=x=iw*31/32$box"
  for ((bit = 0; bit < 6; bit++)); do
    if (((channel >> bit) & 1)); then
      filter+=",drawbox=x=iw*$((7 - bit))/32$box"
      white=$((white + 1))
    fi
  done
  for ((bit = 0; bit < 20; bit++)); do
    filter+=",drawbox=x=iw*$((27 - bit))/32$box:enable='bitand($number,$((1 << bit)))'"
    ones+="+gt(bitand($number,$((1 << bit))),0)"
  done
  filter+=",drawbox=x=iw*28/32$box:enable='gte(mod($white$ones,4),2)'"
  filter+=",drawbox=x=iw*29/32$box:enable='mod($white$ones,2)'"
  echo "$filter"
}

# _picture_source NAME SIZE FPS: a moving picture as a lavfi graph.
_picture_source() {
  local small="${2%x*}/2" low="${2#*x}/2"
  case $1 in
    tests) echo "testsrc2=size=$2:rate=$3" ;;
    gradients) echo "gradients=size=$2:rate=$3:speed=0.03:seed=7:nb_colors=4" ;;
    life) echo "life=size=$((small))x$((low)):rate=$3:seed=11:mold=12:ratio=0.2:death_color=0x203040:life_color=0xffc040,scale=$2:flags=neighbor" ;;
    cells) echo "cellauto=size=$2:rate=$3:rule=110:seed=3,colorchannelmixer=rr=.2:gg=.5:bb=.9" ;;
    bars) echo "smptehdbars=size=$2:rate=$3,hue=H=t/4" ;;
    *) die "no picture called '$1' (tests, gradients, life, cells, bars)" ;;
  esac
}

# _text_filter NAME: the name and a clock people can read, when the font is there.
_text_filter() {
  local font=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
  [[ -r $font ]] || return 0
  local style="fontfile=$font:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=8"
  echo ",drawtext=$style:text='$1':fontsize=h/10:x=w/24:y=h*0.14"
  echo ",drawtext=$style:text='%{pts\\:hms}':fontsize=h/6:x=(w-text_w)/2:y=h*0.72"
}

# _make_audio OUT CODEC TONE SECONDS: exactly SECONDS of sound in a NUT file. Copied from there it begins at
# 0 (an encoder begins a little before; a loop would stumble over that).
_make_audio() {
  local out=$1 codec=$2 tone=$3 seconds=$4 encoder rate=48000 frame=1024
  case $codec in
    aac) encoder='aac -b:a 96k' ;;
    mp2) encoder='mp2 -b:a 128k' frame=1152 ;;
    mp3) encoder='libmp3lame -b:a 96k' frame=1152 ;;
    opus) encoder='libopus -b:a 64k' frame=960 ;;
    ac3) encoder='ac3 -b:a 128k' frame=1536 ;;
    alaw | ulaw) encoder="pcm_$codec" rate=8000 frame=160 ;;
    *) die "no sound called '$codec' (aac, mp2, mp3, opus, ac3, alaw, ulaw, none)" ;;
  esac
  local packets
  packets=$(awk -v s="$seconds" -v r=$rate -v f=$frame 'BEGIN {n = s * r / f; print (n == int(n)) ? n : int(n) + 1}')
  # shellcheck disable=SC2086  # the encoder and its options are several words
  ffmpeg -v error -nostdin -y -t $((seconds + 1)) -f lavfi \
    -i "sine=frequency=$tone:beep_factor=4:sample_rate=$rate,asetnsamples=$frame" \
    -c:a $encoder -frames:a "$packets" -f nut "$out" || die "ffmpeg could not make $out"
}

# _video_options CODEC GOP BFRAMES BITRATE
_video_options() {
  local codec=$1 gop=$2 bframes=$3 rate=$4
  local shape="keyint=$gop:min-keyint=$gop:scenecut=0:bframes=$bframes:open-gop=0"
  case $codec in
    h264)
      _video_output=(-c:v libx264 -preset superfast -pix_fmt yuv420p -b:v "$rate" -maxrate "$rate"
        -bufsize "$rate" -x264-params "$shape:b-adapt=0:force-cfr=1") ;;
    hevc)
      _video_output=(-c:v libx265 -preset ultrafast -pix_fmt yuv420p -b:v "$rate" -tag:v hvc1
        -x265-params "$shape:log-level=none") ;;
    av1)
      if ffmpeg -v error -encoders | grep -q libsvtav1; then
        _video_output=(-c:v libsvtav1 -preset 12 -pix_fmt yuv420p -g "$gop" -b:v "$rate" -svtav1-params scd=0)
      else
        _video_output=(-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p -g "$gop" -b:v "$rate")
      fi ;;
    *) die "no picture codec called '$codec' (h264, hevc, av1, none)" ;;
  esac
}

make_footage() {
  local out=$1 asked="$*"
  shift
  local channel=1 name='' picture=tests size=640x360 fps=25 gop=50 bframes=0 codec=h264 audio=aac
  local tone=440 bitrate=800k seconds=8 from=0
  while (($#)); do
    (($# > 1)) || die "make_footage: $1 needs a value"
    case $1 in
      --channel | --name | --picture | --size | --fps | --gop | --bframes | --codec | --audio | --tone | \
        --bitrate | --seconds | --from) printf -v "${1#--}" '%s' "$2" ;;
      *) die "make_footage: no option $1" ;;
    esac
    shift 2
  done
  mkdir -p "$(dirname "$out")"
  # Whoever else wants this clip waits here, and finds it made.
  local lock
  exec {lock}>"$out.lock"
  flock "$lock"
  if [[ -s $out && $(cat "$out.made" 2>/dev/null) == "$asked" && $out -nt $ROOT/tests/support/footage.sh ]]; then
    exec {lock}>&-
    return 0
  fi
  rm -f "$out.part".* # of somebody who was interrupted
  local part="$out.part.$$.${out##*.}" sound="$out.part.$$.nut" frames
  local inputs=() outputs=() _video_output=()
  if [[ $codec != none ]]; then
    _video_options "$codec" "$gop" "$bframes" "$bitrate"
    frames=$(awk -v s="$seconds" -v r="$fps" 'BEGIN {split(r "/1", p, "/"); print int(s * p[1] / p[2] + 0.5)}')
    inputs+=(-f lavfi -i "$(_picture_source "$picture" "$size" "$fps"),trim=end_frame=$frames,$(
      _counter_filter "$channel" "$from")$(_text_filter "${name:-channel $channel}" | tr -d '\n')")
    outputs+=("${_video_output[@]}")
  fi
  if [[ $audio != none ]]; then
    _make_audio "$sound" "$audio" "$tone" "$seconds"
    inputs+=(-i "$sound")
    outputs+=(-c:a copy)
  fi
  ffmpeg -v error -nostdin -y "${inputs[@]}" "${outputs[@]}" -movflags +faststart "$part" ||
    die "ffmpeg could not make $out"
  rm -f "$sound"
  mv "$part" "$out"
  printf '%s' "$asked" >"$out.made"
  exec {lock}>&-
}
