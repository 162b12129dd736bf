#pragma once
// The index of a segment: one record per fragment (fixed part + packed per-sample columns). The same record
// bytes live in memory while a segment is open, are appended to NAME.idx as fragments complete, and are
// memory-mapped when it is sealed. Format: docs/reference/index-format.md. Budget: at most 0.3% of the media
// bytes.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "media/track.h"

namespace longtake::media {

/// One sample. `offset` is in the segment file; times are ticks on the run's timeline.
struct Sample {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::int64_t dts = 0;
  std::uint32_t duration = 0;
  std::int32_t cts = 0;  ///< pts - dts; may be negative
  std::int64_t pts() const { return dts + cts; }
};

/// The part of a fragment that belongs to one track. Its samples lie back to back in the fragment's mdat.
struct FragmentTrack {
  std::uint32_t count = 0;     ///< samples; 0: the fragment has none of this track
  std::int64_t dts = 0;        ///< of the first sample
  std::uint64_t duration = 0;  ///< ticks, sum over samples
  std::int64_t min_pts = 0;    ///< earliest displayed instant
  std::int64_t end_pts = 0;    ///< end of the last displayed sample
  std::uint64_t offset = 0;    ///< of the first sample, in the segment file
  std::uint64_t bytes = 0;     ///< all samples
};

/// A view on one index record. Cheap to copy; valid as long as the SegmentIndex (or record bytes) it came
/// from.
class FragmentView {
 public:
  std::uint64_t offset() const;  ///< of the moof box in the segment file
  std::uint64_t size() const;    ///< moof and mdat
  std::uint32_t moof_size() const;
  /// Starts with a keyframe (or has no video): decoding can begin here. False after a cut at the 4 s cap.
  bool sync() const;
  std::uint32_t keyframe_size() const;  ///< bytes of the first video sample when sync, else 0
  FragmentTrack track(TrackKind kind) const;

  /// Decodes all samples of a track into `out` (appended); hot path of exact MP4 layout.
  void samples(TrackKind kind, std::vector<Sample>& out) const;
  /// Packed columns, for writers of moof and stbl that need no Sample structs: value i = base + delta[i].
  struct Column {
    std::int32_t base = 0;
    std::uint8_t width = 0;  ///< bytes per delta: 0 (constant), 1, 2 or 4, little endian
    const std::byte* deltas = nullptr;
    std::int64_t at(std::uint32_t i) const;
  };
  Column sizes(TrackKind kind) const;
  Column durations(TrackKind kind) const;
  Column cts(TrackKind kind) const;
  /// Size of sample i, taking into account that the keyframe's size is stored apart.
  std::uint32_t sample_size(TrackKind kind, std::uint32_t i) const;

  std::span<const std::byte> record() const { return {data_, size_}; }
  FragmentView(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

 private:
  const std::byte* data_;
  std::size_t size_;
};

/// All fragments of one segment, in file order. Immutable; shares its backing (mapping or record buffers).
class SegmentIndex {
 public:
  /// Maps NAME.idx. A file without a seal (crash) is read up to its last whole, checksummed record.
  /// Errors: not_found, invalid (names the file; mend: longtake check --repair).
  static Result<SegmentIndex> open(const std::string& path);
  /// A snapshot of records kept in memory (open segment).
  static SegmentIndex from_records(std::vector<SharedBytes> records);

  std::size_t size() const { return offsets_.size(); }
  bool empty() const { return offsets_.empty(); }
  FragmentView operator[](std::size_t i) const;
  bool sealed() const { return sealed_; }

  /// Earliest and latest displayed instants over all fragments, video's where there is video.
  MediaTime start(const Tracks& tracks) const;
  MediaTime end(const Tracks& tracks) const;

  /// Where to begin decoding to display `t`: the last fragment whose keyframe is displayed at or before `t`
  /// (without video: whose first sound begins at or before it). Nothing when all begin later.
  std::optional<std::size_t> find_sync(const Tracks& tracks, MediaTime t) const;

 private:
  struct Backing;
  std::shared_ptr<const Backing> backing_;
  std::vector<const std::byte*> offsets_;  // start of each record
  bool sealed_ = false;
};

/// Layout of NAME.idx for its writer (archive): header, records as they come, then the seal.
Bytes index_file_header();
/// The trailer that makes a finished index immutable: count, checksum.
Bytes index_file_seal(std::uint32_t fragment_count, std::uint64_t segment_bytes);

}  // namespace longtake::media
