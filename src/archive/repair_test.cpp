// Checking an archive, mending it, and making its rows again from its files.
#include "archive/archive_fixture.h"

namespace longtake::archive {
namespace {

using testing::Footage;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class RepairTest : public testing::ArchiveFixture {};

TEST_F(RepairTest, CheckFindsAndMendsWhatWasBroken) {
  open_archive();
  record(channel_, start_, 8, 2)->end(GapCause::stopped, "");
  archive_.reset();
  const auto folder = std::filesystem::path{options().folder};
  const auto day = folder / to_string(channel_) / "2026/11/21";
  EXPECT_THAT(findings(), IsEmpty());
  std::filesystem::remove(day / "100000Z-1.mp4");               // missing file, orphaned index
  std::filesystem::resize_file(day / "100004Z-2.mp4", 60'000);  // torn: one fragment is left
  std::filesystem::resize_file(day / "100008Z-3.idx", 100);     // torn index
  std::filesystem::copy_file(day / "100012Z-4.mp4", day / "stranger.mp4");
  const auto found = findings();
  EXPECT_EQ(found.size(), 4u);
  for (const auto& finding : found)
    EXPECT_FALSE(finding.repaired) << finding.thing << ": " << finding.problem;
  const auto repaired = findings({.repair = true});
  EXPECT_EQ(repaired.size(), 5u) << "and the index that lost its segment";
  for (const auto& finding : repaired)
    EXPECT_TRUE(finding.repaired) << finding.thing << ": " << finding.problem;
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_TRUE(
      std::filesystem::exists(folder / "quarantine" / to_string(channel_) / "2026/11/21/stranger.mp4"));
  open_archive();
  const auto views = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(views.size(), 3u);
  EXPECT_EQ(views[0]->index.size(), 1u);
  expect_served(views, {written_[2], written_[4], written_[5], written_[6], written_[7]});
}

TEST_F(RepairTest, CheckLeavesARunningServersOpenSegmentsAlone) {
  open_archive();
  auto run = record(channel_, start_, 6, 2);
  archive_->flush();
  EXPECT_THAT(findings({.repair = true}), IsEmpty());
  Footage footage{{}, MediaTime{12s}};
  written_.push_back(footage.next());
  ASSERT_TRUE(run->append(written_.back()).ok());
  archive_->flush();
  expect_served(segments(channel_, start_, start_ + 1h), written_);
}

TEST_F(RepairTest, ADamagedIndexDoesNotStopPlayback) {
  open_archive();
  record(channel_, start_, 4)->end(GapCause::stopped, "");
  archive_.reset();
  const auto day = std::filesystem::path{options().folder} / to_string(channel_) / "2026/11/21";
  std::filesystem::remove(day / "100000Z-1.idx");
  open_archive();
  expect_served(segments(channel_, start_, start_ + 1h), written_);
}

TEST_F(RepairTest, RebuildsTheRowsFromTheFiles) {
  open_archive();
  const auto other = add_channel("two");
  record(channel_, start_, 4, 2)->end(GapCause::stopped, "");
  record(channel_, start_ + 1min, 2)->end(GapCause::stopped, "");
  const auto ours = written_;
  record(other, start_, 1)->end(GapCause::stopped, "");
  archive_->flush();
  EXPECT_EQ(rebuild(options(), *database_, clock_, *log_).error().code(), Code::conflict)
      << "a server is running";
  const auto before = segments(channel_, start_, start_ + 1h);
  archive_.reset();
  database_.reset();
  std::filesystem::remove(folder_.path() / "rows.db");
  open_database();
  const auto rebuilt = rebuild(options(), *database_, clock_, *log_);
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.error().story();
  EXPECT_EQ(rebuilt->segments, 4u);
  EXPECT_EQ(rebuilt->channels, 2u);
  EXPECT_EQ(rebuilt->unreadable, 0u);
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(rebuild(options(), *database_, clock_, *log_)->segments, 0u) << "nothing is left to do";
  EXPECT_EQ(count("select count(*) from channels where enabled = 0 and name like 'recovered %'"), 2);
  open_archive();
  const auto after = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i]->summary.range, before[i]->summary.range);
    EXPECT_EQ(after[i]->summary.sequence, before[i]->summary.sequence);
    EXPECT_EQ(after[i]->summary.first_fragment, before[i]->summary.first_fragment);
    EXPECT_EQ(after[i]->summary.run_number, before[i]->summary.run_number);
  }
  expect_served(after, ours);
  EXPECT_THAT(timeline(start_, start_ + 1h).spans, SizeIs(2));
  record(channel_, start_ + 2min, 1)->end(GapCause::stopped, "");
  archive_->flush();
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(RepairTest, RebuildJoinsFootageFromBeforeAndAfterALostDatabase) {
  open_archive();
  record(channel_, start_, 4, 2)->end(GapCause::stopped, "");
  archive_.reset();
  database_.reset();
  std::filesystem::remove(folder_.path() / "rows.db");
  open_database();
  ASSERT_EQ(add_channel("one"), channel_);
  open_archive();
  record(channel_, start_ + 1min, 4, 2)->end(GapCause::stopped, "");  // numbers begin again
  archive_.reset();
  const auto rebuilt = rebuild(options(), *database_, clock_, *log_);
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.error().story();
  EXPECT_EQ(rebuilt->segments, 2u);
  EXPECT_THAT(findings(), IsEmpty());
  open_archive();
  expect_served(segments(channel_, start_, start_ + 1h), written_);
  EXPECT_THAT(timeline(start_, start_ + 1h).spans, SizeIs(2));
}

}  // namespace
}  // namespace longtake::archive
