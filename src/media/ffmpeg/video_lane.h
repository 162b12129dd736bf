#pragma once
// One video stream on its way to ISO samples: parameter sets go to the track's configuration, pictures get
// four-byte lengths. Private to this folder.

#include "media/bitstream.h"
#include "media/ffmpeg/access_units.h"
#include "media/ffmpeg/decode_order.h"
#include "media/ffmpeg/lane.h"

namespace longtake::media::ffmpeg {

class VideoLane final : public Lane {
 public:
  struct Setup {
    Codec codec = Codec::h264;
    TimeBase time_base;
    std::span<const std::byte> extradata;
    std::uint32_t width = 0, height = 0;  ///< announced, when the bytes do not say
    AVRational sar{0, 1};                 ///< of the container; {0, 1}: unknown
    bool rtp = false;
  };
  explicit VideoLane(const Setup& setup);

  Status push(const Chunk& chunk, Frames& out) override;
  Status configure(std::span<const std::byte> extradata) override;
  void flush(Frames& out) override;
  std::uint64_t dropped() const override { return dropped_; }

 private:
  enum class Form { unknown, annexb, lengths, obus };

  void take_unit(const AccessUnit& unit, bool key);
  bool take_parameters(const AccessUnit& unit);
  bool keeps(ByteView nal, bool& has_pps);
  void push_whole(const Chunk& chunk);
  bool rebuild(const ParameterSets& sets);
  bool rebuild_av1(std::span<const std::byte> obus);
  void finish(Frame frame, std::int64_t pts, std::int64_t dts);
  void guess_times(Frame& frame);
  Payload relength(std::span<const std::byte> sample) const;

  Codec codec_;
  TimeBase time_base_;
  std::uint32_t announced_width_, announced_height_;
  AVRational announced_sar_;
  bool rtp_;
  Form form_ = Form::unknown;
  unsigned length_size_ = 4;
  AccessUnitCutter cutter_;
  std::vector<ByteView> kept_;  // units of the sample being made
  DecodeOrder order_;
  Frames* out_ = nullptr;  // of the push in progress

  ParameterSets sets_;    // of the configuration in force
  ParameterSets inband_;  // picture parameter sets that differ from it and stay in the samples
  Track track_;
  bool configured_ = false;
  std::unique_ptr<Track> fresh_track_;  // waits for the next frame

  std::int64_t last_chunk_pts_ = kNoStamp;
  std::int64_t last_dts_ = kNoStamp;     // given out, 90 kHz
  std::int64_t stamped_dts_ = kNoStamp;  // the last one the source gave
  std::int64_t unit_duration_ = 3600;    // between pictures, from the source's stamps
  std::int64_t units_since_stamp_ = 0;
  std::int64_t last_offset_ = 0;  // pts - dts
  std::uint64_t dropped_ = 0;
};

}  // namespace longtake::media::ffmpeg
