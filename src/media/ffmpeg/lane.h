#pragma once
// From raw packets of one stream to frames in ISO sample form. Private to this folder.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "media/ffmpeg/libav.h"
#include "media/packet.h"
#include "media/ticks.h"

namespace longtake::media::ffmpeg {

constexpr std::int64_t kNoStamp = AV_NOPTS_VALUE;

/// A raw packet with continuous (unwrapped) time stamps in ticks of its stream's time base.
struct Chunk {
  std::span<const std::byte> bytes;
  std::int64_t pts = kNoStamp, dts = kNoStamp;
  std::int64_t duration = 0;
  bool key = false;
  AVPacket* packet = nullptr;  ///< owner of `bytes`, whose buffer may be shared
  std::optional<WallTime> wall;
};

/// A frame in ticks of its track. `track` is set when the configuration changed with this frame.
struct Frame {
  Payload payload;
  std::int64_t pts = kNoStamp, dts = kNoStamp;
  std::uint32_t duration = 0;
  bool sync = false;
  std::optional<WallTime> wall;
  std::unique_ptr<Track> track;
};
using Frames = std::vector<Frame>;

/// A time base of libav's as a fraction of a second.
struct TimeBase {
  std::int64_t num = 1, den = 90000;
  std::int64_t to(std::int64_t ticks, std::uint32_t timescale) const {
    return ticks == kNoStamp ? kNoStamp : rescale_nearest(ticks, num * timescale, den);
  }
};

/// A stream on its way. Implementations: VideoLane, AudioLane.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Takes a packet in stream order; appends what is complete to `out`.
  virtual Status push(const Chunk& chunk, Frames& out) = 0;
  /// Another configuration announced beside the stream (FLV sequence header).
  virtual Status configure(std::span<const std::byte> extradata) = 0;
  /// Gives what is held back and forgets time (discontinuity, end). The configuration stays.
  virtual void flush(Frames& out) = 0;
  /// What a person should know: "pcm_alaw converted to aac".
  virtual std::string note() const { return {}; }
  /// Frames given up because they were unreadable.
  virtual std::uint64_t dropped() const { return 0; }
};

/// Uninitialised bytes and their payload in one allocation.
struct FreshPayload {
  explicit FreshPayload(std::size_t size);
  std::span<std::byte> bytes;
  Payload payload;
};
/// Keeps the packet's buffer alive instead of copying it.
Payload share(const AVPacket& packet, std::span<const std::byte> bytes);
Payload copy_payload(std::span<const std::byte> bytes);

}  // namespace longtake::media::ffmpeg
