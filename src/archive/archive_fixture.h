#pragma once
// For tests: an archive on a temporary folder, with a clock that stands still.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/archive_core.h"
#include "archive/maintenance.h"
#include "archive/test_footage.h"
#include "base/log.h"
#include "storage/blobs/faulty_volume.h"
#include "storage/sql/database.h"

namespace longtake::archive::testing {

inline WallTime wall(std::string_view text) {
  return *parse_rfc3339(text);
}

class ArchiveFixture : public ::testing::Test {
 protected:
  ArchiveFixture() {
    open_database();
    channel_ = add_channel("one");
  }

  void open_database() {
    database_.reset();
    auto opened = storage::sql::Database::open({.path = (folder_.path() / "rows.db").string()}, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().story();
    database_ = std::move(*opened);
  }
  void open_archive() {
    archive_.reset();
    auto volume = storage::blobs::open_local_volume({options().folder, options_.direct_io});
    ASSERT_TRUE(volume.ok()) << volume.error().story();
    auto faulty = std::make_unique<storage::blobs::FaultyVolume>(
        std::move(*volume), [this](const storage::blobs::Change& c) { return judge_(c); }, judge_code_);
    volume_ = faulty.get();
    auto opened = ArchiveCore::open(options(), std::move(faulty), *database_, clock_, *log_);
    ASSERT_TRUE(opened.ok()) << opened.error().story();
    archive_ = std::move(*opened);
  }
  Options options() const {
    auto options = options_;
    options.folder = (folder_.path() / "archive").string();
    return options;
  }
  ChannelId add_channel(const std::string& name) {
    auto id = database_->write([&](storage::sql::Session& s) {
      return s.insert(
          "insert into channels (organization_id, name, source_sealed, audio, rtsp_transport, "
          "segment_seconds, created_us) values (1, ?, '', 'keep', 'tcp', 900, 0) returning id",
          name);
    });
    EXPECT_TRUE(id.ok()) << id.error().story();
    return ChannelId{*id};
  }
  std::int64_t count(const std::string& sql) {
    auto n = database_->read(
        [&](storage::sql::Session& s) { return s.find(sql, [](std::int64_t v) { return v; }); });
    EXPECT_TRUE(n.ok()) << n.error().story();
    return n.ok() && *n ? **n : -1;
  }

  /// Records `fragments` from `from` on, cutting segments every `cut` fragments; keeps what it wrote.
  std::unique_ptr<RunWriter> record(ChannelId channel, WallTime from, int fragments, int cut = 1000,
                                    Footage footage = Footage{}) {
    auto run = archive_->start_run({.channel = channel, .tracks = test_tracks(), .started = from});
    EXPECT_TRUE(run.ok()) << run.error().story();
    if (!run.ok()) return nullptr;
    const auto begin = footage.position();
    for (int i = 0; i < fragments; ++i) {
      if (i % cut == 0)
        (*run)->start_segment({.media = footage.position(), .wall = from + (footage.position() - begin)});
      auto fragment = footage.next();
      written_.push_back(fragment);
      const auto status = (*run)->append(fragment);
      EXPECT_TRUE(status.ok()) << status.error().story();
    }
    return std::move(*run);
  }

  std::vector<SharedSegment> segments(ChannelId channel, WallTime from, WallTime to) {
    auto found = archive_->segments(channel, {from, to});
    EXPECT_TRUE(found.ok()) << found.error().story();
    return found.ok() ? *found : std::vector<SharedSegment>{};
  }
  Timeline timeline(WallTime from, WallTime to) {
    auto found = archive_->timeline(channel_, {from, to});
    EXPECT_TRUE(found.ok()) << found.error().story();
    return found.ok() ? *found : Timeline{};
  }
  /// Bytes of every fragment of a view as served.
  static std::vector<media::Bytes> fragments_of(const SegmentView& view) {
    std::vector<media::Bytes> out;
    for (std::size_t i = 0; i < view.index.size(); ++i) {
      const auto fragment = view.index[i];
      auto bytes = view.slices(fragment.offset(), fragment.size()).read_all();
      EXPECT_TRUE(bytes.ok()) << bytes.error().story();
      out.push_back(bytes.ok() ? *bytes : media::Bytes{});
    }
    return out;
  }
  /// Everything recorded is served, byte for byte, in order.
  void expect_served(const std::vector<SharedSegment>& views,
                     const std::vector<media::SharedFragment>& fragments) {
    std::size_t next = 0;
    for (const auto& view : views)
      for (const auto& bytes : fragments_of(*view)) {
        ASSERT_LT(next, fragments.size());
        EXPECT_EQ(bytes, *fragments[next]->bytes) << "fragment " << next;
        ++next;
      }
    EXPECT_EQ(next, fragments.size());
  }
  std::vector<Finding> findings(CheckOptions check_options = {}) {
    auto found = check(options(), *database_, clock_, *log_, check_options);
    EXPECT_TRUE(found.ok()) << found.error().story();
    return found.ok() ? *found : std::vector<Finding>{};
  }

  const WallTime start_ = wall("2026-11-21T10:00:00Z");  ///< of most recordings
  TemporaryFolder folder_;
  FakeClock clock_{wall("2026-11-21T12:00:00Z")};
  std::unique_ptr<Log> log_ = make_null_log();
  Options options_{.min_free_bytes = 0, .retention_interval = std::chrono::hours{1}};
  std::function<storage::blobs::Verdict(const storage::blobs::Change&)> judge_ =
      [](const storage::blobs::Change&) { return storage::blobs::Verdict::pass; };
  Code judge_code_ = Code::unavailable;
  std::unique_ptr<storage::sql::Database> database_;
  storage::blobs::FaultyVolume* volume_ = nullptr;
  std::unique_ptr<ArchiveCore> archive_;
  ChannelId channel_;
  std::vector<media::SharedFragment> written_;
};

}  // namespace longtake::archive::testing
