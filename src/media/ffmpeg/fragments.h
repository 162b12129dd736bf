#pragma once
// Fragmented MP4 as a stream without end. libav's own reader keeps every sample it has seen in an index,
// which grows for ever; this one forgets a fragment when it is read. libav still reads the header (moov).
// ISO/IEC 14496-12 8.8. Private to this folder.

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/ffmpeg/libav.h"
#include "media/slices.h"

namespace longtake::media::ffmpeg {

class FragmentDemuxer {
 public:
  /// Fills all of `into`; false when the stream ends before its first byte. A stream that ends inside is an
  /// end, too: what is incomplete is given up.
  using Read = std::function<Result<bool>(std::span<std::byte> into)>;
  explicit FragmentDemuxer(Read read) : read_(std::move(read)) {}

  /// Reads up to the end of the first moov. Error invalid: not fragmented MP4, encrypted, broken.
  Result<FormatPtr> open();

  /// The next sample. False at the end. When another moov comes along, `replaced` gets the new context, and
  /// samples after it belong to its streams.
  Result<bool> next(AVPacket& packet, FormatPtr& replaced);

 private:
  struct TrackDefaults {
    std::uint32_t id = 0;
    int stream = -1;
    std::uint32_t duration = 0, size = 0, flags = 0;
    std::int64_t next_dts = 0;
    std::int64_t shift = 0;  // edit list: media time shown first
  };
  struct Entry {
    int stream = 0;
    std::int64_t offset = 0;  // from the start of the moof
    std::uint32_t size = 0, duration = 0;
    std::int64_t dts = 0;
    std::int32_t cts = 0;
    bool sync = false;
  };
  struct Box {
    std::uint32_t type = 0;
    std::uint64_t size = 0;  // payload
    std::uint32_t header = 8;
  };

  Result<bool> read_box(Box& box);
  Result<bool> skip(std::uint64_t size);
  Result<bool> read_payload(const Box& box, std::uint64_t limit, Bytes& into);
  Result<FormatPtr> take_moov(const Box& box);
  Status parse_moov(std::span<const std::byte> moov, const AVFormatContext& context);
  void take_edit(std::span<const std::byte> trak, std::uint32_t movie_scale);
  Status parse_moof(std::span<const std::byte> moof, std::uint64_t box_size);
  Status parse_traf(std::span<const std::byte> traf);
  Result<bool> read_sample(AVPacket& packet);

  Read read_;
  Bytes header_;  // ftyp, while the moov is awaited
  std::vector<TrackDefaults> tracks_;
  std::deque<Entry> entries_;   // of the current fragment, by offset
  std::int64_t position_ = 0;   // from the start of the current moof
  std::int64_t mdat_end_ = -1;  // of the mdat being read, from the start of the moof; -1: outside
  bool absolute_ = false;       // the fragment gives offsets from the start of a file we do not know
};

}  // namespace longtake::media::ffmpeg
