#pragma once
// Sound that browsers do not play becomes AAC. Private to this folder. One thread.

#include "media/ffmpeg/audio_times.h"
#include "media/ffmpeg/lane.h"

struct SwrContext;

namespace longtake::media::ffmpeg {

class Transcoder {
 public:
  struct Setup {
    AVCodecID codec = AV_CODEC_ID_NONE;
    std::uint32_t sample_rate = 0, channels = 0;  ///< announced; 0: the decoder finds out
    TimeBase time_base;                           ///< of push()
    std::span<const std::byte> extradata;
  };
  static Result<std::unique_ptr<Transcoder>> open(const Setup& setup);
  ~Transcoder();

  /// One coded frame. `pts` in ticks of the time base or kNoStamp. AAC frames that became ready are appended;
  /// the first carries the track. Undecodable input gives an error, the next call may succeed.
  Status push(std::span<const std::byte> bytes, std::int64_t pts, std::optional<WallTime> wall, Frames& out);
  /// Forgets time and what is half done.
  void reset();

 private:
  Transcoder() = default;
  Status open_encoder(AVFrame& frame);
  Status take_decoded(Frames& out);
  Status encode(Frames& out);

  TimeBase time_base_;
  CodecPtr decoder_, encoder_;
  SwrContext* resampler_ = nullptr;
  PacketPtr input_, output_;
  FramePtr decoded_, resampled_;
  AVChannelLayout source_layout_{};
  int source_rate_ = 0;
  std::vector<std::vector<float>> pending_;  // per channel, resampled, less than one AAC frame
  std::int64_t pending_pts_ = kNoStamp;      // of its first sample, at the encoder's rate
  std::int64_t stamp_ = kNoStamp;            // of the packet being decoded
  std::optional<WallTime> wall_;
  std::optional<AudioTimes> times_;
  std::int64_t expected_ = kNoStamp;
  std::int64_t last_dts_ = INT64_MIN;
  std::unique_ptr<Track> fresh_track_;
};

}  // namespace longtake::media::ffmpeg
