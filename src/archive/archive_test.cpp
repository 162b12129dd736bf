// The archive as its users see it: what is written is read, wherever it lies by now.
#include "archive/archive.h"

#include "archive/archive_fixture.h"

namespace longtake::archive {
namespace {

using ::testing::ElementsAre;
using testing::Footage;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::wall;
using namespace std::chrono_literals;

class ArchiveTest : public testing::ArchiveFixture {
 protected:
  ArchiveTest() { open_archive(); }
};

TEST_F(ArchiveTest, ServesWhatWasAppendedAtOnceAndFromTheFileLater) {
  auto run = record(channel_, start_, 6);
  expect_served(segments(channel_, start_, start_ + 1h), written_);
  archive_->flush();
  const auto open = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_FALSE(open[0]->summary.sealed);
  EXPECT_GT(open[0]->file_bytes, 0u);
  EXPECT_LE(open[0]->tail.size(), 2u) << "written fragments leave memory";
  expect_served(open, written_);
  run->end(GapCause::source_ended, "");
  archive_->flush();
  const auto sealed = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(sealed.size(), 1u);
  EXPECT_TRUE(sealed[0]->summary.sealed);
  EXPECT_TRUE(sealed[0]->tail.empty());
  expect_served(sealed, written_);
  expect_served(open, written_);  // a view stays good when its segment is sealed
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(ArchiveTest, NamesFilesByTimeAndKeepsOneRowASegment) {
  auto run = record(channel_, start_, 6, 2);
  run.reset();
  archive_->flush();
  EXPECT_EQ(count("select count(*) from segments where state = 'sealed'"), 3);
  EXPECT_EQ(count("select count(*) from runs where ended_us is not null"), 1);
  EXPECT_EQ(count("select sum(fragments) from segments"), 6);
  const auto folder = std::filesystem::path{options().folder} / to_string(channel_) / "2026/11/21";
  for (const char* name : {"100000Z-1.mp4", "100000Z-1.idx", "100004Z-2.mp4", "100008Z-3.idx"})
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

TEST_F(ArchiveTest, CountsFragmentsSequencesAndRuns) {
  record(channel_, start_, 4, 2)->end(GapCause::source_lost, "");
  record(channel_, start_ + 1min, 2)->end(GapCause::source_lost, "");
  const auto views = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(views.size(), 3u);
  EXPECT_EQ(views[0]->summary.sequence, 1u);
  EXPECT_EQ(views[1]->summary.first_fragment, 2u);
  EXPECT_EQ(views[2]->summary.first_fragment, 4u);
  EXPECT_EQ(views[1]->summary.run_number, 1u);
  EXPECT_EQ(views[2]->summary.run_number, 2u);
  archive_->flush();
  const auto later = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(later.size(), 3u);
  for (std::size_t i = 0; i < later.size(); ++i) {
    EXPECT_EQ(later[i]->summary.id, views[i]->summary.id);
    EXPECT_EQ(later[i]->summary.run_number, views[i]->summary.run_number);
    EXPECT_EQ(later[i]->summary.range, views[i]->summary.range);
    EXPECT_EQ(later[i]->summary.bytes, views[i]->summary.bytes);
    EXPECT_TRUE(archive_->segment(channel_, views[i]->summary.id).ok());
  }
  EXPECT_EQ(archive_->segment(ChannelId{99}, views[0]->summary.id).error().code(), Code::not_found);
}

TEST_F(ArchiveTest, TimelineIsTheSameFromMemoryAndFromRows) {
  record(channel_, start_, 4, 2)->end(GapCause::source_lost, "connection refused");
  clock_.set(start_ + 5min);
  const auto check = [&] {
    const auto t = timeline(start_ - 1h, start_ + 1h);
    ASSERT_EQ(t.spans.size(), 2u);
    EXPECT_EQ(t.spans[0].from, start_);
    EXPECT_EQ(t.spans[0].to, start_ + 8s);
    EXPECT_EQ(t.spans[1].from, start_ + 1min);
    ASSERT_EQ(t.gaps.size(), 2u);
    EXPECT_EQ(t.gaps[0].cause, GapCause::source_lost);
    EXPECT_EQ(t.gaps[0].detail, "connection refused");
    EXPECT_EQ(t.gaps[0].from, start_ + 8s);
    EXPECT_EQ(t.gaps[0].to, start_ + 1min);
    EXPECT_EQ(t.gaps[1].cause, GapCause::stopped);
    EXPECT_EQ(t.gaps[1].to, start_ + 5min);
  };
  record(channel_, start_ + 1min, 1)->end(GapCause::stopped, "");
  check();
  archive_->flush();
  check();
  archive_.reset();
  open_archive();
  check();
}

TEST_F(ArchiveTest, CausesThatChangeMakeConsecutiveGaps) {
  clock_.set(start_);
  ASSERT_TRUE(archive_->note_gap(channel_, GapCause::source_lost, "refused").ok());
  clock_.set(start_ + 10s);
  ASSERT_TRUE(archive_->note_gap(channel_, GapCause::source_lost, "refused").ok());
  ASSERT_TRUE(archive_->note_gap(channel_, GapCause::source_lost, "timed out").ok());
  clock_.set(start_ + 20s);
  ASSERT_TRUE(archive_->note_gap(channel_, GapCause::stopped, "").ok());
  const auto run = record(channel_, start_ + 30s, 1);
  ASSERT_TRUE(archive_->note_gap(channel_, GapCause::stopped, "while recording").ok());
  archive_->flush();
  clock_.set(start_ + 1min);
  const auto t = timeline(start_ - 1h, start_ + 1h);
  EXPECT_THAT(t.gaps, ElementsAre(Gap{start_, start_ + 20s, GapCause::source_lost, "timed out"},
                                  Gap{start_ + 20s, start_ + 30s, GapCause::stopped, ""}));
}

TEST_F(ArchiveTest, ARunWithoutFootageOnlyChangesTheGap) {
  record(channel_, start_, 1)->end(GapCause::source_lost, "");
  clock_.set(start_ + 10s);
  auto run = archive_->start_run({channel_, testing::test_tracks(), start_ + 5s});
  ASSERT_TRUE(run.ok());
  (*run)->end(GapCause::source_ended, "");
  archive_->flush();
  EXPECT_EQ(count("select count(*) from runs"), 1);
  clock_.set(start_ + 20s);
  const auto t = timeline(start_, start_ + 20s);
  ASSERT_EQ(t.gaps.size(), 2u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::source_lost);
  EXPECT_EQ(t.gaps[1].from, start_ + 10s);
  EXPECT_EQ(t.gaps[1].cause, GapCause::source_ended);
}

TEST_F(ArchiveTest, FootageThatClaimsTimeAlreadyTakenBeginsWhereThatEnded) {
  record(channel_, start_, 5)->end(GapCause::source_lost, "");  // 10 s
  record(channel_, start_ + 7s, 5)->end(GapCause::source_lost, "");
  record(channel_, start_ + 1s, 2)->end(GapCause::source_lost, "");  // wholly in the past
  archive_->flush();
  const auto t = timeline(start_, start_ + 20s);
  ASSERT_EQ(t.spans.size(), 2u);
  EXPECT_EQ(t.spans[1].from, start_ + 10s);
  EXPECT_EQ(t.spans[1].to, start_ + 17s);
  ASSERT_EQ(t.gaps.size(), 1u);
  EXPECT_EQ(t.gaps[0].from, start_ + 17s);
  EXPECT_EQ(*archive_->newest(channel_), start_ + 17s);
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(ArchiveTest, SlewedAnchorsOfARunLeaveNeitherHolesNorOverlaps) {
  auto run = archive_->start_run({channel_, testing::test_tracks(), start_});
  ASSERT_TRUE(run.ok());
  Footage footage;
  for (const auto slew : {0ms, 3ms, -4ms}) {
    (*run)->start_segment({footage.position(), start_ + (footage.position() - MediaTime{}) + slew});
    ASSERT_TRUE((*run)->append(footage.next()).ok());
  }
  (*run)->end(GapCause::stopped, "");
  archive_->flush();
  const auto views = segments(channel_, start_, start_ + 1h);
  ASSERT_EQ(views.size(), 3u);
  EXPECT_EQ(views[0]->summary.range.to, views[1]->summary.range.from);
  EXPECT_EQ(views[1]->summary.range.to, views[2]->summary.range.from);
  EXPECT_EQ(timeline(start_, start_ + 1h).spans.size(), 1u);
}

TEST_F(ArchiveTest, OneRunAChannelAndNoAppendAfterItsEnd) {
  auto run = record(channel_, start_, 1);
  EXPECT_TRUE(archive_->is_live(channel_));
  auto second = archive_->start_run({channel_, testing::test_tracks(), start_});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::conflict);
  run->end(GapCause::stopped, "");
  run->end(GapCause::disk_full, "idempotent");
  EXPECT_FALSE(archive_->is_live(channel_));
  Footage footage;
  EXPECT_EQ(run->append(footage.next()).error().code(), Code::unavailable);
  EXPECT_TRUE(archive_->start_run({channel_, testing::test_tracks(), start_}).ok());
}

TEST_F(ArchiveTest, TellsListenersUntilTheyLeave) {
  std::vector<LiveEvent::Kind> kinds;
  auto token = archive_->subscribe([&](const LiveEvent& event) { kinds.push_back(event.kind); });
  auto run = record(channel_, start_, 2);
  run->end(GapCause::stopped, "");
  using Kind = LiveEvent::Kind;
  EXPECT_THAT(kinds, ElementsAre(Kind::run_started, Kind::fragment, Kind::fragment, Kind::run_ended));
  token.reset();
  record(channel_, start_ + 1h, 1);
  EXPECT_EQ(kinds.size(), 4u);
}

TEST_F(ArchiveTest, AnOrderlyStopSealsAndSaysSo) {
  auto run = record(channel_, start_, 3);
  archive_->stop();
  Footage footage;
  EXPECT_FALSE(run->append(footage.next()).ok());
  EXPECT_FALSE(archive_->start_run({channel_, testing::test_tracks(), start_}).ok());
  archive_.reset();
  EXPECT_EQ(count("select count(*) from segments where state = 'open'"), 0);
  open_archive();
  clock_.set(start_ + 1min);
  const auto t = timeline(start_, start_ + 1min);
  ASSERT_EQ(t.gaps.size(), 1u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::server_stopped);
  EXPECT_EQ(*archive_->newest(channel_), start_ + 6s);
  EXPECT_EQ(*archive_->oldest(channel_), start_);
  expect_served(segments(channel_, start_, start_ + 1h), written_);
}

TEST_F(ArchiveTest, TwoServersCannotShareAFolder) {
  const auto second = Archive::open(options(), *database_, clock_, *log_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::conflict);
  EXPECT_THAT(second.error().text(), HasSubstr("in use by another server"));
}

TEST_F(ArchiveTest, NamesAFolderThatIsAFile) {
  auto other = options();
  other.folder = (folder_.path() / "rows.db").string();
  const auto opened = Archive::open(other, *database_, clock_, *log_);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().story(), HasSubstr("not a directory"));
}

TEST_F(ArchiveTest, TakesADayOfFootageLongPastAtOnce) {
  const auto day = wall("2011-02-03T00:00:00Z");
  Footage footage{{.fragment_length = 60s, .pictures = 2, .keyframe_bytes = 100, .picture_bytes = 50}};
  record(channel_, day, 24 * 60, 15, std::move(footage))->end(GapCause::source_ended, "");
  archive_->flush();
  EXPECT_EQ(count("select count(*) from segments"), 96);
  const auto t = timeline(day, day + 24h);
  ASSERT_EQ(t.spans.size(), 1u);
  EXPECT_EQ(t.spans[0].to, day + 24h);
  EXPECT_EQ(segments(channel_, day + 10h, day + 11h).size(), 4u);
  EXPECT_EQ(segments(channel_, day + 10h, day + 10h + 1s).size(), 1u);
  EXPECT_EQ(segments(channel_, day - 1h, day).size(), 0u);
  // And today goes on from there.
  record(channel_, start_, 1)->end(GapCause::stopped, "");
  const auto later = timeline(day, start_ + 2s);
  ASSERT_EQ(later.gaps.size(), 1u);
  EXPECT_EQ(later.gaps[0].from, day + 24h);
  EXPECT_EQ(later.gaps[0].to, start_);
}

TEST_F(ArchiveTest, WorksWithoutDirectWrites) {
  options_.direct_io = false;
  open_archive();
  record(channel_, start_, 5, 2)->end(GapCause::stopped, "");
  archive_->flush();
  expect_served(segments(channel_, start_, start_ + 1h), written_);
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(ArchiveTest, KeepsTwoOrganizationsChannelsApart) {
  const auto other = add_channel("two");
  record(channel_, start_, 1)->end(GapCause::stopped, "");
  EXPECT_TRUE(segments(other, start_, start_ + 1h).empty());
  EXPECT_FALSE(archive_->newest(other).has_value());
}

TEST_F(ArchiveTest, RecallsFromMemoryWhatItWasAskedForLately) {
  record(channel_, start_, 8, 2)->end(GapCause::source_lost, "");
  archive_->flush();
  const auto ids = [](const std::vector<SharedSegment>& views) {
    std::vector<SegmentId> out;
    out.reserve(views.size());
    for (const auto& view : views)
      out.push_back(view->summary.id);
    return out;
  };
  const WallRange whole{start_, start_ + 1h}, part{start_ + 5s, start_ + 6s};
  EXPECT_EQ(archive_->recall_segments(channel_, whole), std::nullopt) << "nobody asked yet";
  const auto asked = segments(channel_, whole.from, whole.to);
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_EQ(archive_->recall_segments(channel_, whole), asked);
  EXPECT_EQ(ids(*archive_->recall_segments(channel_, part)), ids(segments(channel_, part.from, part.to)));

  record(channel_, start_ + 1min, 4, 2)->end(GapCause::source_lost, "");
  archive_->flush();
  EXPECT_EQ(archive_->recall_segments(channel_, whole), std::nullopt) << "there are more by now";
  EXPECT_EQ(segments(channel_, whole.from, whole.to).size(), 6u);
  EXPECT_EQ(archive_->recall_segments(channel_, whole)->size(), 6u);
}

TEST_F(ArchiveTest, RecallsTheMovingEdgeWhileItGrows) {
  auto run = record(channel_, start_, 2, 100);
  archive_->flush();
  const auto fragments = [&] {
    const auto found = archive_->recall_segments(channel_, {start_, start_ + 1h});
    return found && found->size() == 1 ? found->front()->index.size() : 0;
  };
  ASSERT_EQ(segments(channel_, start_, start_ + 1h).size(), 1u);
  const auto before = fragments();
  EXPECT_EQ(before, 2u);
  Footage further;
  for (int i = 0; i < 2; ++i)
    further.next();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(run->append(further.next()).ok());
  EXPECT_EQ(fragments(), 5u);
}

}  // namespace
}  // namespace longtake::archive
