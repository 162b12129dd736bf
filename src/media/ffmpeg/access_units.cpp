#include "media/ffmpeg/access_units.h"

#include <algorithm>
#include <cstring>

namespace longtake::media::ffmpeg {

namespace {

/// A picture over this is given up: no coded picture we record comes near it.
constexpr std::size_t kUnitLimit = 32 << 20;
/// Bytes behind a start code that decide what a NAL unit is.
constexpr std::size_t kNalHead = 3;

}  // namespace

void AccessUnitCutter::push(const Chunk& chunk, bool new_picture) {
  if (new_picture) {
    scan(true);
    if (has_picture_) {
      flush();
    } else if (!marks_.empty()) {
      // Parameter sets that came ahead with a time stamp of their own belong to the picture that follows.
      pts_ = chunk.pts;
      dts_ = chunk.dts;
      wall_ = chunk.wall;
    }
  }
  if (buffer_.size() + chunk.bytes.size() > kUnitLimit) forget();
  const bool taken = new_picture && !marks_.empty();
  if (!taken && (chunk.pts != kNoStamp || chunk.dts != kNoStamp)) {
    stamps_.push_back({.at = buffer_.size(), .pts = chunk.pts, .dts = chunk.dts, .wall = chunk.wall});
  }
  buffer_.insert(buffer_.end(), chunk.bytes.begin(), chunk.bytes.end());
  scan(false);
}

void AccessUnitCutter::flush() {
  scan(true);
  if (!marks_.empty()) cut(buffer_.size());
  forget();
}

void AccessUnitCutter::forget() {
  buffer_.clear();
  marks_.clear();
  stamps_.clear();
  scanned_ = 0;
  has_picture_ = false;
}

/// A unit begins with the NAL unit at `nal`: it takes the newest stamps that came before (a start code may
/// straddle the border of chunks); older ones belonged to units that never began.
void AccessUnitCutter::begin_unit(std::size_t nal) {
  pts_ = dts_ = kNoStamp;
  wall_.reset();
  std::size_t passed = 0;
  while (passed < stamps_.size() && stamps_[passed].at <= nal)
    ++passed;
  if (passed == 0) return;
  const Stamp& stamp = stamps_[passed - 1];
  pts_ = stamp.pts;
  dts_ = stamp.dts;
  wall_ = stamp.wall;
  stamps_.erase(stamps_.begin(), stamps_.begin() + static_cast<std::ptrdiff_t>(passed));
}

void AccessUnitCutter::scan(bool at_end) {
  // Looks for 01 and then back for the two zeros: in coded video a 01 is rare, so most bytes are only seen by
  // memchr.
  for (;;) {
    const std::size_t from = std::max<std::size_t>(scanned_, 2);
    if (from >= buffer_.size()) return;
    const void* hit = std::memchr(buffer_.data() + from, 1, buffer_.size() - from);
    if (!hit) {
      scanned_ = buffer_.size();
      return;
    }
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - buffer_.data());
    if (buffer_[at - 1] != std::byte{0} || buffer_[at - 2] != std::byte{0}) {
      scanned_ = at + 1;
      continue;
    }
    const std::size_t nal = at + 1;
    if (nal + kNalHead > buffer_.size() && !at_end) {
      scanned_ = at;  // its head comes with the next bytes
      return;
    }
    scanned_ = nal;
    if (nal >= buffer_.size()) return;
    std::size_t start = at - 2;
    if (start > 0 && buffer_[start - 1] == std::byte{0}) --start;
    if (!marks_.empty() && has_picture_ && begins_unit(nal)) {
      const std::size_t removed = start;
      cut(start);
      start = 0;
      scanned_ -= removed;
      for (Stamp& stamp : stamps_)
        stamp.at = stamp.at > removed ? stamp.at - removed : 0;
    }
    const std::size_t own_nal = scanned_;
    if (marks_.empty()) begin_unit(own_nal);
    marks_.push_back({start, own_nal});
    has_picture_ = has_picture_ || is_picture(own_nal);
  }
}

bool AccessUnitCutter::is_picture(std::size_t nal) const {
  const auto head = std::to_integer<unsigned>(buffer_[nal]);
  if (codec_ == Codec::hevc) return (head >> 1 & 0x3F) < 32;
  const unsigned type = head & 0x1F;
  return type >= 1 && type <= 5;
}

/// Asked only when the pending unit has a picture already.
bool AccessUnitCutter::begins_unit(std::size_t nal) const {
  const auto byte = [this, nal](std::size_t i) {
    return nal + i < buffer_.size() ? std::to_integer<unsigned>(buffer_[nal + i]) : 0U;
  };
  if (codec_ == Codec::hevc) {
    const unsigned type = byte(0) >> 1 & 0x3F;
    if (type < 32) return (byte(2) & 0x80) != 0;  // first_slice_segment_in_pic_flag
    return (type >= 32 && type <= 35) || type == 39 || (type >= 41 && type <= 44) ||
           (type >= 48 && type <= 55);
  }
  const unsigned type = byte(0) & 0x1F;
  if (type == 1 || type == 2 || type == 5) return (byte(1) & 0x80) != 0;  // first_mb_in_slice == 0
  return (type >= 6 && type <= 9) || (type >= 15 && type <= 18);
}

/// Gives the pending unit, which ends at `until`, and drops its bytes.
void AccessUnitCutter::cut(std::size_t until) {
  nals_.clear();
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const std::size_t begin = marks_[i].nal;
    std::size_t end = i + 1 < marks_.size() ? marks_[i + 1].start : until;
    while (end > begin && buffer_[end - 1] == std::byte{0})
      --end;
    if (end > begin) nals_.push_back(ByteView(buffer_).subspan(begin, end - begin));
  }
  if (has_picture_ && !nals_.empty()) take_({.nals = nals_, .pts = pts_, .dts = dts_, .wall = wall_});
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(until));
  marks_.clear();
  has_picture_ = false;
}

}  // namespace longtake::media::ffmpeg
