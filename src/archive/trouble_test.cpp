// What the archive does when the disk, the database or the retention rules get in the way.
#include <atomic>
#include <thread>

#include "archive/archive_fixture.h"
#include "archive/retention.h"

namespace longtake::archive {
namespace {

using storage::blobs::Change;
using storage::blobs::Verdict;
using testing::Footage;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class TroubleTest : public testing::ArchiveFixture {
 protected:
  void set_rule(const std::string& assignment) {
    auto done = database_->write([&](storage::sql::Session& s) {
      return s.execute("update channels set " + assignment + " where id = ?", channel_);
    });
    ASSERT_TRUE(done.ok()) << done.error().story();
  }
  std::size_t apply_retention() {
    const auto outcome = archive_->apply_retention();
    EXPECT_TRUE(outcome.ok()) << outcome.error().story();
    return outcome.ok() ? outcome->deleted : 0;
  }
};

// --- a disk that is full, slow or broken

TEST_F(TroubleTest, AFullDiskEndsTheRunAndHarmsNothingEarlier) {
  judge_code_ = Code::full;
  std::atomic<bool> full{false};
  judge_ = [&](const Change& c) {
    return full && (c.verb == "write" || c.verb == "create") ? Verdict::fail : Verdict::pass;
  };
  open_archive();
  auto run = record(channel_, start_, 5);
  archive_->flush();
  full = true;
  Footage footage{{}, MediaTime{10s}};
  ASSERT_TRUE(run->append(footage.next()).ok()) << "the disk has not been asked yet";
  archive_->flush();
  const auto refused = run->append(footage.next());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::full);
  EXPECT_EQ(run->refusal(), GapCause::disk_full);
  EXPECT_FALSE(archive_->is_live(channel_));
  const auto again = archive_->start_run({channel_, testing::test_tracks(), start_});
  EXPECT_FALSE(again.ok());
  run->end(run->refusal(), "no room");
  archive_->flush();
  full = false;
  apply_retention();  // looks at the volume again: there is room
  archive_->flush();
  auto next = record(channel_, start_ + 1min, 1);
  ASSERT_TRUE(next);
  next->end(GapCause::stopped, "");
  // The seal that had no room for its last block is tried again.
  archive_->sync_now();
  archive_->flush();
  const auto t = timeline(start_, start_ + 2min);
  ASSERT_EQ(t.spans.size(), 2u);
  EXPECT_GE(t.spans[0].to, start_ + 8s) << "at most the last fragment waited for its last block";
  ASSERT_GE(t.gaps.size(), 1u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::disk_full);
  EXPECT_EQ(t.gaps[0].from, t.spans[0].to);
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(count("select count(*) from segments where state = 'open'"), 0);
}

TEST_F(TroubleTest, ADiskThatFailsAtTheFirstByteLeavesNothing) {
  judge_ = [](const Change& c) { return c.verb == "create" ? Verdict::fail : Verdict::pass; };
  open_archive();
  auto run = record(channel_, start_, 1);
  archive_->flush();
  Footage footage{{}, MediaTime{2s}};
  EXPECT_FALSE(run->append(footage.next()).ok());
  EXPECT_EQ(run->refusal(), GapCause::disk_slow);
  run->end(GapCause::disk_slow, "");
  archive_->flush();
  EXPECT_FALSE(archive_->newest(channel_).has_value());
  EXPECT_EQ(count("select count(*) from segments"), 0);
  EXPECT_THAT(timeline(start_, start_ + 1h).spans, IsEmpty());
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(TroubleTest, TheBufferIsBoundedWhileTheDiskHangs) {
  std::mutex hang;
  judge_ = [&](const Change& c) {
    if (c.verb == "write") const std::lock_guard wait{hang};
    return Verdict::pass;
  };
  options_.buffer_bytes = 200'000;
  open_archive();
  std::unique_ptr<RunWriter> run;
  {
    const std::lock_guard hanging{hang};
    run = record(channel_, start_, 4);  // about 43 kB each
    Footage footage{{}, MediaTime{8s}};
    Status status;
    int taken = 0;
    for (; taken < 10 && status.ok(); ++taken)
      status = run->append(footage.next());
    ASSERT_FALSE(status.ok());
    EXPECT_LE(taken, 2);
    EXPECT_EQ(status.error().code(), Code::full);
    EXPECT_EQ(run->refusal(), GapCause::disk_slow);
  }
  run->end(GapCause::disk_slow, "");
  archive_->flush();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_THAT(timeline(start_, start_ + 1h).spans, SizeIs(1));
}

TEST_F(TroubleTest, ADatabaseThatIsAwayDelaysRowsAndNothingElse) {
  std::atomic<bool> away{false};
  database_->guard_commits([&]() -> Status {
    if (away) return make_error(Code::unavailable, "away");
    return {};
  });
  open_archive();
  away = true;
  record(channel_, start_, 4, 2)->end(GapCause::stopped, "");
  archive_->flush();
  EXPECT_EQ(count("select count(*) from segments"), 0);
  expect_served(segments(channel_, start_, start_ + 1h), written_);
  EXPECT_THAT(timeline(start_, start_ + 1h).spans, SizeIs(1));
  away = false;
  archive_->sync_now();
  archive_->flush();
  EXPECT_EQ(count("select count(*) from segments where state = 'sealed'"), 2);
  EXPECT_THAT(findings(), IsEmpty());
}

// --- retention

TEST_F(TroubleTest, AgeDeletesTheOldestAndSaysSo) {
  open_archive();
  record(channel_, start_, 6, 2)->end(GapCause::source_lost, "");  // segments of 4 s
  archive_->flush();
  set_rule("retention_hours = 1");
  clock_.set(start_ + 1h + 3s);
  EXPECT_EQ(apply_retention(), 0u);
  clock_.set(start_ + 1h + 9s);
  const auto before = segments(channel_, start_, start_ + 1h);
  EXPECT_EQ(apply_retention(), 2u);
  EXPECT_EQ(count("select count(*) from segments"), 1);
  EXPECT_EQ(*archive_->oldest(channel_), start_ + 8s);
  EXPECT_EQ(archive_->segment(channel_, before[0]->summary.id).error().code(), Code::not_found);
  expect_served(before, written_);  // a view that was given out stays good
  const auto t = timeline(start_ - 1h, start_ + 1h);
  ASSERT_EQ(t.spans.size(), 1u);
  EXPECT_EQ(t.gaps[0], (Gap{start_, start_ + 8s, GapCause::expired, "deleted by retention"}));
  clock_.set(start_ + 2h);
  EXPECT_EQ(apply_retention(), 1u);
  EXPECT_FALSE(archive_->oldest(channel_).has_value());
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path{options().folder} / to_string(channel_)));
  EXPECT_THAT(findings(), IsEmpty());
  // Numbers go on where they were.
  record(channel_, start_ + 3h, 1)->end(GapCause::stopped, "");
  const auto after = segments(channel_, start_ + 3h, start_ + 4h);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0]->summary.sequence, 4u);
  EXPECT_EQ(after[0]->summary.first_fragment, 6u);
}

TEST_F(TroubleTest, BytesAndOpenSegments) {
  open_archive();
  auto run = record(channel_, start_, 6, 2);
  archive_->flush();
  set_rule("retention_bytes = 1");
  EXPECT_EQ(apply_retention(), 2u) << "the open segment stays";
  EXPECT_TRUE(archive_->is_live(channel_));
  EXPECT_EQ(*archive_->oldest(channel_), start_ + 8s);
}

TEST_F(TroubleTest, ARemovedChannelsFootageGoes) {
  open_archive();
  record(channel_, start_, 2)->end(GapCause::stopped, "");
  archive_->flush();
  set_rule("removed_us = 1");
  EXPECT_EQ(apply_retention(), 1u);
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(TroubleTest, TheFloorFreesTheOldestOfAllChannelsThenRefuses) {
  options_.min_free_bytes = 1'000'000;
  open_archive();
  const auto other = add_channel("two");
  record(other, start_ - 1h, 2)->end(GapCause::stopped, "");
  record(channel_, start_, 2)->end(GapCause::stopped, "");
  archive_->flush();
  volume_->say_space(io::VolumeSpace{.total = 1 << 30, .free = 2'000'000});
  EXPECT_EQ(apply_retention(), 0u);
  volume_->say_space(io::VolumeSpace{.total = 1 << 30, .free = 900'000});
  EXPECT_EQ(apply_retention(), 2u);
  EXPECT_FALSE(archive_->start_run({channel_, testing::test_tracks(), start_}).ok() &&
               archive_->newest(other).has_value());
  volume_->say_space(io::VolumeSpace{.total = 1 << 30, .free = 100'000});
  const auto outcome = archive_->apply_retention();
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->no_room);
  const auto refused = archive_->start_run({other, testing::test_tracks(), start_});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::full);
  volume_->say_space({});
  EXPECT_FALSE(archive_->apply_retention()->no_room);
}

TEST(CountExpired, FollowsTheRules) {
  std::vector<rows::SegmentRow> oldest(3);
  for (int i = 0; i < 3; ++i) {
    oldest[i].range = {wall_from_us(i * 10LL), wall_from_us(i * 10LL + 10)};
    oldest[i].bytes = 100;
  }
  const auto now = wall_from_us(20) + 1h;
  EXPECT_EQ(count_expired({}, oldest, 300, now), 0u);
  EXPECT_EQ(count_expired({.max_age = 1h}, oldest, 300, now), 2u);
  EXPECT_EQ(count_expired({.max_bytes = 300}, oldest, 300, now), 0u);
  EXPECT_EQ(count_expired({.max_bytes = 250}, oldest, 300, now), 1u);
  EXPECT_EQ(count_expired({.max_age = 1h, .max_bytes = 50}, oldest, 300, now), 3u);
  EXPECT_EQ(count_expired({.removed = true}, oldest, 300, now), 3u);
}

// --- many at once (the thread sanitizer watches)

TEST_F(TroubleTest, ReadersAndRetentionMeetWritersWithoutHarm) {
  options_.sync_interval = 0s;
  open_archive();
  const auto other = add_channel("two");
  set_rule("retention_bytes = 400000");
  std::atomic<bool> done{false};
  std::atomic<int> seen{0};
  const auto token = archive_->subscribe([&](const LiveEvent&) { ++seen; });
  const auto write = [&](ChannelId channel) {
    for (int r = 0; r < 4; ++r) {
      const auto from = start_ + r * 1min;
      auto run = archive_->start_run({channel, testing::test_tracks(), from});
      ASSERT_TRUE(run.ok());
      Footage footage;
      for (int i = 0; i < 12; ++i) {
        if (i % 4 == 0)
          (*run)->start_segment({footage.position(), from + (footage.position() - MediaTime{})});
        ASSERT_TRUE((*run)->append(footage.next()).ok());
      }
      (*run)->end(GapCause::source_lost, "");
    }
  };
  const auto read = [&](ChannelId channel) {
    while (!done) {
      const auto views = archive_->segments(channel, {start_, start_ + 1h});
      ASSERT_TRUE(views.ok()) << views.error().story();
      for (const auto& view : *views) {
        if (view->index.empty()) continue;
        const auto last = view->index[view->index.size() - 1];
        const auto bytes = view->slices(last.offset(), last.size()).read_all();
        ASSERT_TRUE(bytes.ok()) << bytes.error().story();
        ASSERT_EQ(static_cast<char>((*bytes)[4]), 'm');
      }
      const auto t = archive_->timeline(channel, {start_, start_ + 1h});
      ASSERT_TRUE(t.ok());
      for (std::size_t i = 1; i < t->spans.size(); ++i)
        ASSERT_LE(t->spans[i - 1].to, t->spans[i].from);
      static_cast<void>(archive_->newest(channel));
      static_cast<void>(archive_->is_live(channel));
    }
  };
  std::thread reader_a{read, channel_}, reader_b{read, other};
  std::thread keeper{[&] {
    while (!done) {
      ASSERT_TRUE(archive_->apply_retention().ok());
      archive_->sync_now();
      ASSERT_TRUE(archive_->usage().ok());
    }
  }};
  std::thread writer_a{write, channel_}, writer_b{write, other};
  writer_a.join(), writer_b.join();
  archive_->flush();
  done = true;
  reader_a.join(), reader_b.join(), keeper.join();
  EXPECT_GT(seen, 96);
  archive_->flush();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(segments(other, start_, start_ + 1h).size(), 12u);
}

}  // namespace
}  // namespace longtake::archive
