#pragma once
// Decoding stored samples to pictures, for stills and sprites. Blocking, processor-heavy: `cpu` lane.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/track.h"

struct AVFrame;

namespace longtake::media::ffmpeg {

/// A decoded picture. Movable owner of libav's frame.
class Picture {
 public:
  Picture();
  explicit Picture(AVFrame* owned);
  Picture(Picture&&) noexcept;
  Picture& operator=(Picture&&) noexcept;
  ~Picture();
  int width() const;  ///< pixels, as stored
  int height() const;
  AVFrame* get() const { return frame_; }

 private:
  AVFrame* frame_ = nullptr;
};

/// A coded sample in decode order. `pts` in ticks of its track.
struct CodedSample {
  std::span<const std::byte> bytes;
  std::int64_t dts = 0;
  std::int64_t pts = 0;
};

/// Decodes `samples` (first one a keyframe) just until the picture with `pts` comes out. Picks the last
/// picture at or before `pts` when a sample turns out undecodable. Errors: invalid (nothing decodable).
Result<Picture> decode_picture(const Track& track, std::span<const CodedSample> samples, std::int64_t pts);

/// Decodes a lone keyframe. Reuses the decoder across calls: make one per job.
class KeyframeDecoder {
 public:
  static Result<KeyframeDecoder> open(const Track& track);
  Result<Picture> decode(std::span<const std::byte> sample);
  KeyframeDecoder(KeyframeDecoder&&) noexcept;
  ~KeyframeDecoder();

 private:
  struct State;
  explicit KeyframeDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class PictureFormat { jpeg, png, webp };
struct EncodeOptions {
  PictureFormat format = PictureFormat::jpeg;
  int width =
      0;  ///< 0: as recorded (square pixels are restored from the sample aspect ratio); height follows
  int quality = 85;  ///< 1..100, jpeg and webp
};
Result<Bytes> encode_picture(const Picture& picture, const Track& track, EncodeOptions options);

/// Pictures of equal size pasted into a grid, then encoded as JPEG. Missing pictures stay black.
class SpriteSheet {
 public:
  SpriteSheet(int columns, int rows, int tile_width, int tile_height);
  Status paste(int column, int row, const Picture& picture);
  Result<Bytes> encode_jpeg(int quality) const;
  SpriteSheet(SpriteSheet&&) noexcept;
  ~SpriteSheet();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Height that keeps the displayed aspect of a track at `width`, even.
int height_for(const Track& track, int width);

}  // namespace longtake::media::ffmpeg
