#pragma once
// One sound stream on its way to ISO samples, converted when the policy asks. Private to this folder.

#include "media/ffmpeg/audio_heads.h"
#include "media/ffmpeg/audio_times.h"
#include "media/ffmpeg/lane.h"
#include "media/ffmpeg/reader.h"
#include "media/ffmpeg/transcoder.h"

namespace longtake::media::ffmpeg {

class AudioLane final : public Lane {
 public:
  struct Setup {
    AVCodecID codec = AV_CODEC_ID_NONE;
    TimeBase time_base;
    std::span<const std::byte> extradata;
    std::uint32_t sample_rate = 0, channels = 0;  ///< announced
    bool framed = false;                          ///< a packet is a whole frame (FLV, MP4, RTP, Ogg)
    AudioPolicy policy = AudioPolicy::convert;
    bool unstamped = false;  ///< the container has no time stamps (MP3, ADTS): time begins at zero
    std::int64_t start = 0;  ///< of an unstamped stream, 90 kHz
  };
  /// Whether a codec is read at all.
  static bool knows(AVCodecID codec);

  explicit AudioLane(const Setup& setup);

  Status push(const Chunk& chunk, Frames& out) override;
  Status configure(std::span<const std::byte> extradata) override;
  void flush(Frames& out) override;
  std::string note() const override { return note_; }
  std::uint64_t dropped() const override { return dropped_; }

 private:
  void push_whole(const Chunk& chunk, Frames& out);
  void cut_frames(Frames& out);
  Status emit(const AudioHead& head, std::span<const std::byte> sample, const Chunk& chunk, std::int64_t pts,
              Frames& out);
  void convert(const AudioHead& head, std::span<const std::byte> sample, std::int64_t pts,
               std::optional<WallTime> wall, Frames& out);
  void adopt(const AudioHead& head);
  bool must_convert(Codec codec) const;

  AVCodecID codec_id_;
  TimeBase time_base_;
  std::uint32_t announced_rate_, announced_channels_;
  AudioPolicy policy_;
  bool unstamped_;
  std::int64_t start_;
  AudioForm form_ = AudioForm::whole;
  Bytes extradata_;
  std::optional<AudioHead> whole_head_;  // of packets that are whole frames

  std::vector<std::byte> buffer_;
  bool in_step_ = false;  // the last frame ended where the next begins
  std::size_t chunk_start_ = 0;
  Chunk chunk_;  // stamps of the newest chunk until a frame begins in it

  Track track_;
  bool configured_ = false;
  std::unique_ptr<Track> fresh_track_;
  std::optional<AudioTimes> times_;
  std::unique_ptr<Transcoder> transcoder_;
  bool conversion_failed_ = false;
  std::string note_;
  std::uint64_t dropped_ = 0;
};

}  // namespace longtake::media::ffmpeg
