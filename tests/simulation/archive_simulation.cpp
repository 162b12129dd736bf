// Kills the recorder at every boundary at which something reaches the disk or the database, with and without
// losing power, and looks at what the next start makes of it.
//
// One scenario is run again and again; in round N the plug is pulled at the N-th change. Afterwards:
// no row lacks bytes, no segment is open, at most the last two fragments are missing (nothing that was
// synced, when power was lost), what is there is byte for byte what was recorded, the gap stands on the
// timeline with its cause, and recording goes on.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <optional>

#include "archive/archive_core.h"
#include "archive/maintenance.h"
#include "archive/test_footage.h"
#include "base/log.h"
#include "storage/blobs/faulty_volume.h"
#include "storage/sql/database.h"

namespace longtake::archive {
namespace {

using storage::blobs::Change;
using storage::blobs::FaultyVolume;
using storage::blobs::Verdict;
using testing::FakeClock;
using testing::Footage;
using testing::TemporaryFolder;
using namespace std::chrono_literals;

const WallTime start = *parse_rfc3339("2026-11-21T10:00:00Z");
constexpr int fragments_a_run = 7;
constexpr int fragments_a_segment = 3;

/// Commits sync: in memory that costs nothing, and what a commit promises is not what is tested here.
std::filesystem::path memory_folder() {
  const std::filesystem::path memory{"/dev/shm"};
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

/// Counts changes and cuts the current at the one it was told; from then on nothing gets through.
class Plug {
 public:
  explicit Plug(int pull_at, bool tear) : pull_at_(pull_at), tear_(tear) {}
  Verdict judge(std::string_view verb) {
    const int n = ++count_;
    if (n < pull_at_) return Verdict::pass;
    return n == pull_at_ && tear_ && verb == "write" ? Verdict::tear : Verdict::fail;
  }
  bool pulled() const { return count_ >= pull_at_; }
  int count() const { return count_; }

 private:
  const int pull_at_;
  const bool tear_;
  std::atomic<int> count_{0};
};

struct Round {
  int pull_at = 1;
  bool tear = false;
  std::optional<FaultyVolume::Loss> power;  ///< nothing: only the process dies
  bool direct_io = true;
  /// Everything up to here was on disk for good when the plug was pulled (sync after each fragment).
  std::chrono::seconds sync_interval{0};
};

class Simulation {
 public:
  explicit Simulation(Round round) : round_(round) {
    options_.folder = (folder_.path() / "archive").string();
    options_.min_free_bytes = 0;
    options_.direct_io = round.direct_io;
    options_.sync_interval = round.sync_interval;
    options_.retention_interval = std::chrono::hours{1};
    database_ = *storage::sql::Database::open({.path = (rows_.path() / "rows.db").string()}, clock_);
    channel_ = ChannelId{*database_->write([](storage::sql::Session& s) {
      return s.insert(
          "insert into channels (organization_id, name, source_sealed, audio, rtsp_transport, "
          "segment_seconds, created_us) values (1, 'one', '', 'keep', 'tcp', 900, 0) returning id");
    })};
  }

  /// Records two runs; returns how many changes it took when the plug held.
  int record_until_the_end() {
    auto plug = std::make_shared<Plug>(round_.pull_at, round_.tear);
    auto volume = std::make_unique<FaultyVolume>(
        std::move(*storage::blobs::open_local_volume({options_.folder, options_.direct_io})),
        [plug](const Change& change) { return plug->judge(change.verb); });
    disk_ = volume.get();
    database_->guard_commits([plug]() -> Status {
      if (plug->judge("commit") == Verdict::pass) return {};
      return make_error(Code::unavailable, "no current");
    });
    auto opened = ArchiveCore::open(options_, std::move(volume), *database_, clock_, *log_);
    if (opened.ok()) {
      record_runs(**opened, *plug);
      if (!plug->pulled()) (*opened)->stop();
      // What power loss takes must be known before the volume goes; nothing writes any more.
      (*opened)->flush();
      if (plug->pulled() && round_.power) disk_->lose_power(*round_.power);
      opened->reset();
    }
    pulled_ = plug->pulled();
    database_->guard_commits({});
    return plug->count();
  }

  void expect_recovered() {
    auto opened = Archive::open(options_, *database_, clock_, *log_);
    ASSERT_TRUE(opened.ok()) << opened.error().story();
    auto& archive = **opened;
    EXPECT_EQ(open_rows(), 0);
    expect_no_row_without_bytes();
    expect_footage(archive);
    expect_gap(archive);
    expect_going_on(archive);
  }
  bool pulled() const { return pulled_; }

 private:
  void record_runs(ArchiveCore& archive, const Plug& plug) {
    for (int r = 0; r < 2; ++r) {
      const auto from = start + r * 1min;
      auto run = archive.start_run({channel_, testing::test_tracks(), from});
      if (!run.ok()) return;
      Footage footage{{.pictures = 5, .keyframe_bytes = 5000, .picture_bytes = 900}};
      for (int i = 0; i < fragments_a_run && !plug.pulled(); ++i) {
        if (i % fragments_a_segment == 0)
          (*run)->start_segment({footage.position(), from + (footage.position() - MediaTime{})});
        const auto fragment = footage.next();
        if (!(*run)->append(fragment).ok()) break;
        appended_.push_back(fragment);
        archive.flush();
      }
      clock_.set(from + 30s);
      if (plug.pulled()) {
        crash(std::move(*run));
        return;
      }
      (*run)->end(GapCause::source_lost, "lost");
      archive.flush();
      if (plug.pulled()) return;
    }
  }

  /// A killed process ends nothing: the run's end must not run as if it were an orderly one.
  static void crash(std::unique_ptr<RunWriter> run) {
    run.reset();  // every change it asks for is refused by the plug
  }

  std::int64_t open_rows() {
    return **database_->read([](storage::sql::Session& s) {
      return s.find("select count(*) from segments where state = 'open'", [](std::int64_t n) { return n; });
    });
  }

  void expect_no_row_without_bytes() {
    auto findings = check(options_, *database_, clock_, *log_, {});
    ASSERT_TRUE(findings.ok()) << findings.error().story();
    for (const auto& finding : *findings)
      EXPECT_EQ(finding.problem, "unknown file") << finding.thing << ": " << finding.problem;
  }

  /// A gapless beginning of what was recorded, and no more than allowed is missing at its end.
  void expect_footage(const Archive& archive) {
    const auto views = archive.segments(channel_, {start - 1h, start + 1h});
    ASSERT_TRUE(views.ok()) << views.error().story();
    std::size_t found = 0;
    for (const auto& view : *views)
      for (std::size_t i = 0; i < view->index.size(); ++i, ++found) {
        ASSERT_LT(found, appended_.size());
        const auto fragment = view->index[i];
        const auto bytes = view->slices(fragment.offset(), fragment.size()).read_all();
        ASSERT_TRUE(bytes.ok());
        EXPECT_EQ(*bytes, *appended_[found]->bytes) << "fragment " << found;
      }
    const bool promised = !round_.power || round_.sync_interval.count() == 0;
    if (promised && pulled_) {
      EXPECT_GE(found + 2, appended_.size());
    }
    if (!pulled_) {
      EXPECT_EQ(found, appended_.size());
    }
    found_ = found;
  }

  void expect_gap(const Archive& archive) {
    if (!pulled_ || found_ == 0) return;
    clock_.set(start + 2min);
    const auto t = archive.timeline(channel_, {start - 1h, start + 2min});
    ASSERT_TRUE(t.ok());
    ASSERT_FALSE(t->spans.empty());
    ASSERT_FALSE(t->gaps.empty());
    // Everything after the last picture is explained, up to now.
    auto at = t->spans.back().to;
    for (const auto& gap : t->gaps)
      if (gap.from == at) at = gap.to;
    EXPECT_EQ(at, start + 2min);
    const auto cause = t->gaps.back().cause;
    EXPECT_TRUE(cause == GapCause::server_crashed || cause == GapCause::source_lost) << to_string(cause);
    for (std::size_t i = 1; i < t->gaps.size(); ++i)
      EXPECT_LE(t->gaps[i - 1].to, t->gaps[i].from);
  }

  void expect_going_on(Archive& archive) {
    const auto from = start + 3min;
    auto run = archive.start_run({channel_, testing::test_tracks(), from});
    ASSERT_TRUE(run.ok()) << run.error().story();
    Footage footage;
    (*run)->start_segment({MediaTime{}, from});
    ASSERT_TRUE((*run)->append(footage.next()).ok());
    (*run)->end(GapCause::stopped, "");
    archive.stop();
    expect_no_row_without_bytes();
    clock_.set(start + 4min);
    const auto t = archive.timeline(channel_, {start - 1h, start + 4min});
    ASSERT_TRUE(t.ok());
    ASSERT_FALSE(t->spans.empty());
    EXPECT_EQ(t->spans.back().from, from);
    if (found_ > 0) {
      // No unexplained time between the first and the newest picture.
      Micros explained{0};
      for (const auto& span : t->spans)
        explained += span.to - span.from;
      for (const auto& gap : t->gaps)
        if (gap.from >= t->spans.front().from && gap.to <= t->spans.back().from)
          explained += gap.to - gap.from;
      EXPECT_EQ(explained, t->spans.back().to - t->spans.front().from);
    }
  }

  const Round round_;
  TemporaryFolder folder_{round_.direct_io ? std::filesystem::temp_directory_path() : memory_folder()};
  TemporaryFolder rows_{memory_folder()};
  FakeClock clock_{start};
  std::unique_ptr<Log> log_ = make_null_log();
  Options options_;
  std::unique_ptr<storage::sql::Database> database_;
  FaultyVolume* disk_ = nullptr;
  ChannelId channel_;
  std::vector<media::SharedFragment> appended_;
  std::size_t found_ = 0;
  bool pulled_ = false;
};

/// Rounds until one needs no plug: how many boundaries there were.
void kill_everywhere(Round round) {
  int rounds = 0;
  for (round.pull_at = 1;; ++round.pull_at, ++rounds) {
    SCOPED_TRACE(::testing::Message() << "plug pulled at change " << round.pull_at);
    Simulation simulation{round};
    simulation.record_until_the_end();
    simulation.expect_recovered();
    if (!simulation.pulled() || ::testing::Test::HasFatalFailure()) break;
  }
  EXPECT_GT(rounds, 50) << "the scenario has lost its boundaries";
}

TEST(Killed, AtEveryWriteBoundary) {
  kill_everywhere({});
}
TEST(Killed, InTheMiddleOfEveryWrite) {
  kill_everywhere({.tear = true});
}
TEST(Killed, WithoutDirectWrites) {
  kill_everywhere({.tear = true, .direct_io = false});
}
TEST(PowerLost, FilesEndAtTheirLastSync) {
  kill_everywhere({.power = FaultyVolume::Loss::truncated});
}
TEST(PowerLost, ZerosAfterTheLastSync) {
  kill_everywhere({.power = FaultyVolume::Loss::zeros});
}
TEST(PowerLost, LongSyncIntervalStillLeavesNoRowWithoutBytes) {
  kill_everywhere({.power = FaultyVolume::Loss::truncated, .sync_interval = std::chrono::hours{1}});
}

}  // namespace
}  // namespace longtake::archive
