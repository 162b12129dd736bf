#include "media/ffmpeg/video_lane.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace longtake::media::ffmpeg {

namespace {

unsigned nal_type(Codec codec, ByteView nal) {
  const auto head = std::to_integer<unsigned>(nal[0]);
  return codec == Codec::hevc ? head >> 1 & 0x3F : head & 0x1F;
}

/// Delimiters, fillers and end marks say nothing to a reader of ISO samples.
bool is_padding(Codec codec, unsigned type) {
  if (codec == Codec::hevc) return type >= 35 && type <= 38;
  return type >= 9 && type <= 12;
}

bool is_instant_keyframe(Codec codec, unsigned type) {
  return codec == Codec::hevc ? type >= 16 && type <= 23 : type == 5;
}

/// H.264: slice_type of a slice, with emulation prevention too rare in its first bits to matter.
bool is_intra_slice(ByteView nal) {
  std::size_t bit = 8;
  const auto next = [&]() -> unsigned {
    const std::size_t at = bit++;
    return at / 8 < nal.size() ? std::to_integer<unsigned>(nal[at / 8]) >> (7 - at % 8) & 1 : 1;
  };
  const auto exp_golomb = [&]() -> unsigned {
    unsigned zeros = 0;
    while (zeros < 31 && next() == 0)
      ++zeros;
    unsigned value = 1;
    for (unsigned i = 0; i < zeros; ++i)
      value = value << 1 | next();
    return value - 1;
  };
  exp_golomb();  // first_mb_in_slice
  const unsigned type = exp_golomb() % 5;
  return type == 2 || type == 4;  // I, SI
}

/// H.264: an SEI message that says decoding can start here (D.1.8).
bool has_recovery_point(ByteView sei) {
  std::size_t at = 1;
  const auto number = [&]() -> std::size_t {
    std::size_t value = 0;
    while (at < sei.size()) {
      const auto byte = std::to_integer<std::size_t>(sei[at++]);
      value += byte;
      if (byte != 0xFF) break;
    }
    return value;
  };
  while (at + 2 < sei.size()) {
    const std::size_t type = number();
    const std::size_t size = number();
    if (type == 6) return at < sei.size() && (sei[at] & std::byte{0x80}) != std::byte{0};  // frame count 0
    at += size;
  }
  return false;
}

bool contains(const std::vector<Bytes>& sets, ByteView nal) {
  return std::any_of(sets.begin(), sets.end(), [nal](const Bytes& set) {
    return set.size() == nal.size() && std::memcmp(set.data(), nal.data(), nal.size()) == 0;
  });
}

void put_length(std::byte* at, std::size_t size) {
  for (int shift = 24; shift >= 0; shift -= 8)
    *at++ = static_cast<std::byte>(size >> shift & 0xFF);
}

}  // namespace

VideoLane::VideoLane(const Setup& setup)
    : codec_(setup.codec),
      time_base_(setup.time_base),
      announced_width_(setup.width),
      announced_height_(setup.height),
      announced_sar_(setup.sar),
      rtp_(setup.rtp),
      cutter_(setup.codec, [this](const AccessUnit& unit) { take_unit(unit, false); }) {
  track_.codec = codec_;
  track_.timescale = 90000;
  if (codec_ == Codec::av1) form_ = Form::obus;
  // Extradata that cannot be read is not fatal: the stream may bring its parameter sets itself.
  (void)configure(setup.extradata);
}

Status VideoLane::configure(std::span<const std::byte> extradata) {
  if (extradata.empty()) return {};
  if (codec_ == Codec::av1) {
    if (extradata[0] == std::byte{0x81}) {
      track_.config.assign(extradata.begin(), extradata.end());
      track_.width = static_cast<std::uint16_t>(announced_width_);
      track_.height = static_cast<std::uint16_t>(announced_height_);
      configured_ = true;
      fresh_track_ = std::make_unique<Track>(track_);
    }
    return {};
  }
  LT_TRY(ParameterSets sets, parse_extradata(codec_, extradata), "reading the codec configuration");
  if (is_annexb(extradata)) {
    form_ = Form::annexb;
  } else {
    form_ = Form::lengths;
    const std::size_t at = codec_ == Codec::hevc ? 21 : 4;
    if (extradata.size() > at) length_size_ = (std::to_integer<unsigned>(extradata[at]) & 3) + 1;
  }
  if (sets.complete(codec_) && !(configured_ && sets == sets_)) rebuild(sets);
  return {};
}

/// Makes the track from parameter sets; false when they cannot be read.
bool VideoLane::rebuild(const ParameterSets& sets) {
  auto shape = parse_sps(codec_, sets.sps.back());
  auto config = codec_ == Codec::hevc ? make_hvcc(sets) : make_avcc(sets);
  if (!shape || !config) return false;
  sets_ = sets;
  inband_ = {};
  track_.config = std::move(config).value();
  track_.width = static_cast<std::uint16_t>(shape->width);
  track_.height = static_cast<std::uint16_t>(shape->height);
  track_.sar_num = std::max(shape->sar_num, 1U);
  track_.sar_den = std::max(shape->sar_den, 1U);
  if (track_.sar_num == track_.sar_den && announced_sar_.num > 0 && announced_sar_.den > 0) {
    track_.sar_num = static_cast<std::uint32_t>(announced_sar_.num);
    track_.sar_den = static_cast<std::uint32_t>(announced_sar_.den);
  }
  // Baseline H.264 has no B slices: nothing needs to be held back to learn its order.
  const bool baseline =
      codec_ == Codec::h264 && sets.sps.back().size() > 1 && sets.sps.back()[1] == std::byte{66};
  order_.set_max_depth(baseline ? 0 : 16);
  configured_ = true;
  fresh_track_ = std::make_unique<Track>(track_);
  return true;
}

bool VideoLane::rebuild_av1(std::span<const std::byte> obus) {
  auto config = make_av1c(obus);
  if (!config) return false;
  if (configured_ && *config == track_.config) return true;
  track_.config = std::move(config).value();
  track_.width = static_cast<std::uint16_t>(announced_width_);
  track_.height = static_cast<std::uint16_t>(announced_height_);
  configured_ = true;
  fresh_track_ = std::make_unique<Track>(track_);
  return true;
}

Status VideoLane::push(const Chunk& chunk, Frames& out) {
  out_ = &out;
  if (form_ == Form::unknown) form_ = is_annexb(chunk.bytes) || rtp_ ? Form::annexb : Form::lengths;
  if (form_ == Form::annexb) {
    const bool new_picture = rtp_ && chunk.pts != kNoStamp && chunk.pts != last_chunk_pts_;
    last_chunk_pts_ = chunk.pts;
    cutter_.push(chunk, new_picture);
  } else {
    push_whole(chunk);
  }
  out_ = nullptr;
  return {};
}

void VideoLane::flush(Frames& out) {
  out_ = &out;
  cutter_.flush();
  order_.flush(out);
  out_ = nullptr;
  last_chunk_pts_ = last_dts_ = stamped_dts_ = kNoStamp;
  units_since_stamp_ = 0;
}

/// Parameter sets of a unit that the configuration does not know. True when the configuration is usable.
bool VideoLane::take_parameters(const AccessUnit& unit) {
  bool sequence_changed = false;
  for (const ByteView nal : unit.nals) {
    if (!is_parameter_set(codec_, nal)) continue;
    const bool known = contains(sets_.sps, nal) || contains(sets_.pps, nal) || contains(sets_.vps, nal);
    const unsigned type = nal_type(codec_, nal);
    const bool picture_set = codec_ == Codec::hevc ? type == 34 : type == 8;
    sequence_changed = sequence_changed || (!known && (!configured_ || !picture_set));
  }
  if (!sequence_changed) return configured_;
  ParameterSets sets = sets_;
  for (const ByteView nal : unit.nals) {
    if (is_parameter_set(codec_, nal)) take_parameter_set(codec_, nal, sets);
  }
  if (!sets.complete(codec_)) {
    if (!configured_) sets_ = std::move(sets);
    return configured_;
  }
  return rebuild(sets) || configured_;
}

/// Whether a unit stays in the sample. Sequence sets and picture sets equal to the configuration's do not; a
/// picture set that changed alone stays, and from then on all of them, for they replace each other.
bool VideoLane::keeps(ByteView nal, bool& has_pps) {
  const unsigned type = nal_type(codec_, nal);
  if (is_padding(codec_, type)) return false;
  if (!is_parameter_set(codec_, nal)) return true;
  const bool picture_set = codec_ == Codec::hevc ? type == 34 : type == 8;
  if (!picture_set) return false;
  if (inband_.pps.empty() && contains(sets_.pps, nal)) return false;
  take_parameter_set(codec_, nal, inband_);
  has_pps = true;
  return true;
}

void VideoLane::take_unit(const AccessUnit& unit, bool key) {
  if (!take_parameters(unit)) {
    dropped_ += configured_;  // a stream that is joined begins anywhere
    return;
  }
  bool sync = key, has_pps = false, suspect = false, intra = true;
  kept_.clear();
  std::size_t size = 0;
  for (const ByteView nal : unit.nals) {
    const unsigned type = nal_type(codec_, nal);
    sync = sync || is_instant_keyframe(codec_, type);
    if (codec_ == Codec::h264) {
      suspect = suspect || type == 7 || (type == 6 && has_recovery_point(nal));
      if (type == 1) intra = intra && is_intra_slice(nal);
    }
    if (!keeps(nal, has_pps)) continue;
    kept_.push_back(nal);
    size += 4 + nal.size();
  }
  if (kept_.empty()) return;
  sync = sync || (codec_ == Codec::h264 && intra && suspect);
  if (sync && !has_pps) {
    for (const Bytes& set : inband_.pps) {
      kept_.insert(kept_.begin(), ByteView(set));
      size += 4 + set.size();
    }
  }
  FreshPayload fresh{size};
  std::byte* at = fresh.bytes.data();
  for (const ByteView nal : kept_) {
    put_length(at, nal.size());
    std::memcpy(at + 4, nal.data(), nal.size());
    at += 4 + nal.size();
  }
  Frame frame;
  frame.payload = std::move(fresh.payload);
  frame.sync = sync;
  frame.wall = unit.wall;
  finish(std::move(frame), unit.pts, unit.dts);
}

/// A packet that is a whole sample already (FLV, MP4, Matroska).
void VideoLane::push_whole(const Chunk& chunk) {
  if (chunk.bytes.empty()) return;
  if (codec_ == Codec::av1) {
    if (!configured_ && !rebuild_av1(chunk.bytes)) return;
  } else if (chunk.key) {
    const auto nals = split_lengths(chunk.bytes, length_size_);
    const bool has_parameters =
        std::any_of(nals.begin(), nals.end(), [this](ByteView nal) { return is_parameter_set(codec_, nal); });
    if (has_parameters) {
      take_unit({.nals = nals, .pts = chunk.pts, .dts = chunk.dts, .wall = chunk.wall}, true);
      return;
    }
  }
  if (!configured_) return;
  Frame frame;
  if (codec_ != Codec::av1 && length_size_ != 4) {
    frame.payload = relength(chunk.bytes);
  } else {
    frame.payload = chunk.packet ? share(*chunk.packet, chunk.bytes) : copy_payload(chunk.bytes);
  }
  frame.sync = chunk.key;
  frame.wall = chunk.wall;
  finish(std::move(frame), chunk.pts, chunk.dts);
}

Payload VideoLane::relength(std::span<const std::byte> sample) const {
  return Payload::of(join_lengths(split_lengths(sample, length_size_)));
}

/// A picture without stamps follows the one before it like that one did.
void VideoLane::guess_times(Frame& frame) {
  frame.dts = last_dts_ + std::max<std::int64_t>(unit_duration_, 1);
  frame.pts = frame.dts + last_offset_;
}

void VideoLane::finish(Frame frame, std::int64_t pts, std::int64_t dts) {
  if (fresh_track_) frame.track = std::move(fresh_track_);
  frame.pts = time_base_.to(pts, track_.timescale);
  frame.dts = time_base_.to(dts, track_.timescale);
  if (frame.dts == kNoStamp && frame.pts != kNoStamp) {
    order_.push(std::move(frame), *out_);
    last_dts_ = kNoStamp;
    return;
  }
  ++units_since_stamp_;
  if (frame.dts == kNoStamp) {
    if (last_dts_ == kNoStamp) {
      if (frame.track) fresh_track_ = std::move(frame.track);
      ++dropped_;
      return;  // nothing to measure it by
    }
    guess_times(frame);
  } else {
    if (frame.pts == kNoStamp) frame.pts = frame.dts + last_offset_;
    if (stamped_dts_ != kNoStamp) {
      const std::int64_t step = (frame.dts - stamped_dts_) / units_since_stamp_;
      if (step > 0 && step < 2 * 90000) unit_duration_ = step;
    }
    stamped_dts_ = frame.dts;
    units_since_stamp_ = 0;
  }
  if (last_dts_ != kNoStamp && frame.dts <= last_dts_) frame.dts = last_dts_ + 1;
  last_offset_ = frame.pts - frame.dts;
  last_dts_ = frame.dts;
  out_->push_back(std::move(frame));
}

}  // namespace longtake::media::ffmpeg
