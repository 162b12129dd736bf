#pragma once
// Archive's read side over segments that a test gives it: headers and fragments as the writer would store
// them, in memory or in files.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "media/mp4/init.h"

namespace longtake::playback::testing {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(WallTime now) : now_(now) {}
  WallTime now() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  void set(WallTime now) { now_ = now; }

 private:
  WallTime now_;
};

/// A folder that goes when the test ends.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "playback_test_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class FakeArchive final : public archive::Archive {
 public:
  const ChannelId channel{7};
  bool live = false;
  bool in_memory = false;
  bool gives_time_once = true;  ///< as the archive does: a run begins where the one before has ended
  std::vector<archive::Gap> gaps;
  mutable std::atomic<int> lookups{0};

  struct Opening {
    RunId run;
    std::uint32_t run_number = 1;
    media::Anchor anchor;
    bool in_file = false;
  };

  SegmentId open_segment(const Opening& opening, const media::Tracks& tracks) {
    Stored segment;
    segment.summary.id = SegmentId{static_cast<std::int64_t>(segments_.size()) + 100};
    segment.summary.channel = channel;
    segment.summary.run = opening.run;
    segment.summary.run_number = opening.run_number;
    segment.summary.sequence = static_cast<std::uint32_t>(segments_.size()) + 1;
    segment.summary.first_fragment = fragments_;
    segment.summary.anchor = opening.anchor;
    segment.tracks = std::make_shared<const media::Tracks>(tracks);
    segment.header = std::make_shared<const media::Bytes>(
        media::mp4::segment_header(tracks, {.channel = channel,
                                            .run = opening.run,
                                            .sequence = segment.summary.sequence,
                                            .anchor = opening.anchor}));
    segment.bytes = segment.header->size();
    segment.in_file = opening.in_file;
    if (gives_time_once && !segments_.empty() && segments_.back().summary.run != opening.run)
      segment.not_before = newest(channel).value_or(WallTime::min());
    else if (!segments_.empty())
      segment.not_before = segments_.back().not_before;
    segments_.push_back(std::move(segment));
    return segments_.back().summary.id;
  }

  /// To the newest segment.
  void append(media::Fragment fragment) {
    auto& segment = segments_.back();
    fragment.place_at(segment.bytes);
    segment.bytes += fragment.bytes->size();
    segment.fragments.push_back(std::make_shared<const media::Fragment>(std::move(fragment)));
    ++fragments_;
  }

  void seal() { segments_.back().summary.sealed = true; }

  /// Leaves a run number or sequence out, as deleted footage does.
  void drop_segment(std::size_t i) { segments_[i].dropped = true; }
  std::size_t size() const { return segments_.size(); }
  archive::SharedSegment at(std::size_t i) const { return view(segments_[i]); }
  std::string file_of(std::size_t i) const { return folder_ / (std::to_string(i) + ".mp4"); }

  // --- archive::Archive
  Result<std::unique_ptr<archive::RunWriter>> start_run(archive::RunStart) override {
    return make_error(Code::internal, "tests write through open_segment");
  }
  Status note_gap(ChannelId, archive::GapCause, std::string) override { return {}; }
  Result<archive::Timeline> timeline(ChannelId, WallRange range) const override {
    archive::Timeline out{.range = range};
    for (const auto& gap : gaps)
      if (gap.from < range.to && range.from < gap.to) out.gaps.push_back(gap);
    return out;
  }
  Result<std::vector<archive::SharedSegment>> segments(ChannelId asked, WallRange range) const override {
    ++lookups;
    std::vector<archive::SharedSegment> out;
    for (const auto& segment : segments_)
      if (auto v = view(segment); asked == channel && !segment.dropped && v->summary.range.overlaps(range))
        out.push_back(std::move(v));
    return out;
  }
  std::optional<std::vector<archive::SharedSegment>> recall_segments(ChannelId asked,
                                                                     WallRange range) const override {
    return in_memory ? std::optional{segments(asked, range).value()} : std::nullopt;
  }
  Result<archive::SharedSegment> segment(ChannelId, SegmentId id) const override {
    for (const auto& segment : segments_)
      if (segment.summary.id == id && !segment.dropped) return view(segment);
    return make_error(Code::not_found, "segment {} has expired", id);
  }
  std::optional<WallTime> newest(ChannelId asked) const override {
    std::optional<WallTime> out;
    for (const auto& segment : segments_)
      if (asked == channel && !segment.dropped && !segment.fragments.empty())
        out = std::max(out.value_or(WallTime::min()), view(segment)->summary.range.to);
    return out;
  }
  std::optional<WallTime> oldest(ChannelId asked) const override {
    std::optional<WallTime> out;
    for (const auto& segment : segments_)
      if (asked == channel && !segment.dropped && !segment.fragments.empty())
        out = std::min(out.value_or(WallTime::max()), view(segment)->summary.range.from);
    return out;
  }
  bool is_live(ChannelId) const override { return live; }
  std::uint64_t recorded_bytes(ChannelId) const override { return 0; }
  Result<archive::Usage> usage() const override { return archive::Usage{}; }
  std::shared_ptr<void> subscribe(std::function<void(const archive::LiveEvent&)>) override { return nullptr; }
  void flush() override {}
  void stop() override {}

 private:
  struct Stored {
    archive::SegmentSummary summary;
    std::shared_ptr<const media::Tracks> tracks;
    media::SharedBytes header;
    std::vector<media::SharedFragment> fragments;
    std::uint64_t bytes = 0;
    WallTime not_before = WallTime::min();
    bool in_file = false;
    bool dropped = false;
    mutable SharedFd file;
    mutable std::shared_ptr<const archive::SegmentView> made;  // of `made_of` fragments
    mutable std::size_t made_of = 0;
  };

  SharedFd file_with(const Stored& segment) const {
    if (segment.file && segment.made_of == segment.fragments.size()) return segment.file;
    const auto path = file_of(static_cast<std::size_t>(&segment - segments_.data()));
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    const auto put = [&out](const media::Bytes& bytes) {
      out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    };
    put(*segment.header);
    for (const auto& fragment : segment.fragments)
      put(*fragment->bytes);
    out.close();
    return std::make_shared<const Fd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }

  std::shared_ptr<const archive::SegmentView> view(const Stored& segment) const {
    if (segment.made && segment.made_of == segment.fragments.size() &&
        segment.made->summary.sealed == segment.summary.sealed)
      return segment.made;
    auto out = std::make_shared<archive::SegmentView>();
    out->summary = segment.summary;
    out->summary.bytes = segment.bytes;
    out->tracks = segment.tracks;
    out->header_size = segment.header->size();
    out->header = segment.header;
    std::vector<media::SharedBytes> records;
    for (const auto& fragment : segment.fragments)
      records.push_back(std::make_shared<const media::Bytes>(fragment->record));
    out->index = media::SegmentIndex::from_records(std::move(records));
    const auto placed = [&](MediaTime t) {
      return std::max(segment.summary.anchor.to_wall(t), segment.not_before);
    };
    if (!out->index.empty())
      out->summary.range = {placed(out->index.start(*segment.tracks)),
                            placed(out->index.end(*segment.tracks))};
    if (segment.in_file) {
      out->file = segment.file = file_with(segment);
      out->file_bytes = segment.bytes;
    } else {
      for (const auto& fragment : segment.fragments)
        out->tail.push_back({fragment->view().offset(), fragment});
    }
    segment.made = out;
    segment.made_of = segment.fragments.size();
    return out;
  }

  TempFolder folder_;
  std::vector<Stored> segments_;
  std::uint64_t fragments_ = 0;
};

}  // namespace longtake::playback::testing
