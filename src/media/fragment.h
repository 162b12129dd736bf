#pragma once
// From packets to stored fragments.

#include <cstdint>
#include <memory>

#include "media/index.h"
#include "media/packet.h"

namespace longtake::media {

/// A finished fragment: the bytes that are stored and its index record. `record` holds offsets relative to
/// the fragment's own start until place_at() fixes where it lies in its segment.
struct Fragment {
  SharedBytes bytes;  ///< moof mdat
  Bytes record;       ///< index record, see index.h
  FragmentView view() const { return {record.data(), record.size()}; }
  /// Sets the segment-file offset of the moof in the record. Called once by the segment writer.
  void place_at(std::uint64_t segment_offset);
};
using SharedFragment = std::shared_ptr<const Fragment>;

/// Gathers packets of one fragment and lays them out: video samples first, then audio, one trun each, tfdt on
/// the run's timeline. Owner decides where a fragment ends (see ingest's cutter).
class FragmentBuilder {
 public:
  /// `origin_us`: run timeline = source timeline - origin, applied to both tracks once, rounded to nearest
  /// tick.
  FragmentBuilder(Tracks tracks, MediaTime origin);

  /// Appends a packet; dts must increase per track, also across fragments, and not lie before the origin. A
  /// payload with an owner is kept by reference until finish(), one without is copied.
  /// Error invalid (nothing was added) when time stamps go backwards or lie before the origin, a sample is
  /// empty or over 64 MiB, or the fragment grows beyond 1 GiB or 2^20 samples.
  Status add(const Packet& packet);

  bool empty() const;
  bool has_video() const;
  std::uint64_t bytes() const;
  /// Length so far, of video where there is video.
  Micros length() const;

  /// Requires !empty().
  /// Closes the fragment. `next_video_dts`/`next_audio_dts` (run-of-source ticks, if known) give the last
  /// samples their durations; else the source's or the previous sample's duration is used. Resets the builder
  /// for the next one.
  struct Edges {
    std::optional<std::int64_t> next_video_dts;
    std::optional<std::int64_t> next_audio_dts;
  };
  Fragment finish(std::uint32_t sequence, Edges edges);

  ~FragmentBuilder();
  FragmentBuilder(FragmentBuilder&&) noexcept;
  FragmentBuilder& operator=(FragmentBuilder&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longtake::media
