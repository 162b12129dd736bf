#pragma once
// Cuts an Annex B byte stream (MPEG-TS, RTP) into access units in one pass over the bytes: where libav's
// parsers would read slice headers, the first bits of a NAL unit are enough. H.264 7.4.1.2.3, HEVC 7.4.2.4.4.
// Private to this folder.

#include <functional>

#include "media/bitstream.h"
#include "media/ffmpeg/lane.h"

namespace longtake::media::ffmpeg {

/// One access unit; `nals` point into the cutter's buffer and live until the next call.
struct AccessUnit {
  std::span<const ByteView> nals;
  std::int64_t pts = kNoStamp, dts = kNoStamp;
  std::optional<WallTime> wall;
};

class AccessUnitCutter {
 public:
  using Take = std::function<void(const AccessUnit&)>;
  AccessUnitCutter(Codec codec, Take take) : codec_(codec), take_(std::move(take)) {}

  /// Bytes that follow the ones before. Time stamps belong to the first access unit that begins in them.
  /// `new_picture`: these bytes begin an access unit for sure (RTP: the time stamp changed).
  void push(const Chunk& chunk, bool new_picture);
  /// The bytes so far are all there is.
  void flush();

 private:
  struct Mark {
    std::size_t start;  // of the start code
    std::size_t nal;    // after it
  };
  struct Stamp {
    std::size_t at;  // where its chunk begins in the buffer
    std::int64_t pts, dts;
    std::optional<WallTime> wall;
  };
  void begin_unit(std::size_t nal);
  void forget();
  void scan(bool at_end);
  bool begins_unit(std::size_t nal) const;
  bool is_picture(std::size_t nal) const;
  void cut(std::size_t until);

  Codec codec_;
  Take take_;
  std::vector<std::byte> buffer_;
  std::size_t scanned_ = 0;
  std::vector<Mark> marks_;  // of the pending unit
  std::vector<ByteView> nals_;
  bool has_picture_ = false;
  // Of the pending unit.
  std::int64_t pts_ = kNoStamp, dts_ = kNoStamp;
  std::optional<WallTime> wall_;
  std::vector<Stamp> stamps_;  // by position, of units that have not begun yet
};

}  // namespace longtake::media::ffmpeg
