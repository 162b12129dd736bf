#pragma once
// An archive that remembers what it was given, and refuses when told to.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive.h"

namespace longtake::ingest::testing {

struct FakeRun {
  archive::RunStart start;
  struct Segment {
    media::Anchor anchor;
    std::vector<media::SharedFragment> fragments;
  };
  std::vector<Segment> segments;
  std::optional<archive::GapCause> ended;
  std::string detail;

  std::size_t fragments() const {
    std::size_t n = 0;
    for (const auto& segment : segments)
      n += segment.fragments.size();
    return n;
  }
};

/// Thread-safe. Runs are told through `wait`, so that tests need no sleep.
class FakeArchive final : public archive::Archive {
 public:
  Result<std::unique_ptr<archive::RunWriter>> start_run(archive::RunStart start) override {
    const std::lock_guard lock{mutex_};
    if (refuse_start) return Error{Code::full, "no room"};
    runs_.push_back({.start = std::move(start)});
    changed_.notify_all();
    return std::unique_ptr<archive::RunWriter>{std::make_unique<Writer>(*this, runs_.size() - 1)};
  }
  Status note_gap(ChannelId, archive::GapCause cause, std::string detail) override {
    const std::lock_guard lock{mutex_};
    gaps_.emplace_back(cause, std::move(detail));
    changed_.notify_all();
    return {};
  }
  Result<archive::Timeline> timeline(ChannelId, WallRange range) const override {
    return archive::Timeline{range};
  }
  Result<std::vector<archive::SharedSegment>> segments(ChannelId, WallRange) const override {
    return std::vector<archive::SharedSegment>{};
  }
  Result<archive::SharedSegment> segment(ChannelId, SegmentId) const override {
    return Error{Code::not_found, "none"};
  }
  std::optional<WallTime> newest(ChannelId) const override { return std::nullopt; }
  std::optional<WallTime> oldest(ChannelId) const override { return std::nullopt; }
  bool is_live(ChannelId) const override { return false; }
  std::uint64_t recorded_bytes(ChannelId) const override { return 0; }
  Result<archive::Usage> usage() const override { return archive::Usage{}; }
  std::shared_ptr<void> subscribe(std::function<void(const archive::LiveEvent&)>) override { return {}; }
  void flush() override {}
  void stop() override {}

  using Runs = std::vector<FakeRun>;
  using Gaps = std::vector<std::pair<archive::GapCause, std::string>>;
  /// Waits (up to a minute, then false) until `holds(runs, gaps)`.
  template <class Condition>
  bool wait(Condition holds) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::minutes{1},
                             [&] { return static_cast<bool>(holds(runs_, gaps_)); });
  }
  Runs runs() const {
    const std::lock_guard lock{mutex_};
    return runs_;
  }

  std::atomic<bool> refuse_start = false;
  std::atomic<bool> refuse_append = false;

 private:
  class Writer final : public archive::RunWriter {
   public:
    Writer(FakeArchive& archive, std::size_t index) : archive_(archive), index_(index) {}
    ~Writer() override { end(archive::GapCause::server_stopped, ""); }
    RunId run() const override { return RunId{static_cast<std::int64_t>(index_) + 1}; }
    void start_segment(media::Anchor anchor) override {
      const std::lock_guard lock{archive_.mutex_};
      run_().segments.push_back({anchor, {}});
    }
    Status append(media::SharedFragment fragment) override {
      const std::lock_guard lock{archive_.mutex_};
      if (archive_.refuse_append) return Error{Code::full, "the disk is slow"};
      run_().segments.back().fragments.push_back(std::move(fragment));
      archive_.changed_.notify_all();
      return {};
    }
    void end(archive::GapCause cause, std::string detail) override {
      const std::lock_guard lock{archive_.mutex_};
      if (run_().ended) return;
      run_().ended = cause;
      run_().detail = std::move(detail);
      archive_.changed_.notify_all();
    }

   private:
    FakeRun& run_() { return archive_.runs_[index_]; }
    FakeArchive& archive_;
    std::size_t index_;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Runs runs_;
  Gaps gaps_;
};

}  // namespace longtake::ingest::testing
