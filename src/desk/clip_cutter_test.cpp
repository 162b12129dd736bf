#include "desk/clip_cutter.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "desk/blobs.h"
#include "desk/clip_tries.h"
#include "jobs/jobs_fixture.h"
#include "playback/testing/tape.h"
#include "storage/blobs/faulty_volume.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using jobs::Runner;
using playback::testing::FakeArchive;
using playback::testing::Tape;
using storage::blobs::Change;
using storage::sql::Session;

/// Whatever is waited for here happens, or the test has failed.
constexpr auto patience = 20s;

/// A minute of made-up footage that ended now, and two threads that cut it.
class ClipCutterTest : public jobs::JobsTest {
 protected:
  ClipCutterTest() {
    const auto made = database_->write([&](Session& s) -> Status {
      LT_TRY(author_.value,
             s.insert(
                 "insert into users (email, name, password_hash, created_us) values ('a@b.c', 'Ann', '', 0) "
                 "returning id"));
      LT_CHECK(
          s.execute("insert into channels (id, organization_id, name, source_sealed, audio, "
                    "rtsp_transport, segment_seconds, created_us) "
                    "values (?, ?, 'One', '', 'keep', 'tcp', 60, 0)",
                    archive_.channel, organization_));
      return {};
    });
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
    Tape tape{archive_, {.begin = clock_.now() - 60s}};
    tape.fragments(60, 25);
    tape.end();
    runner_.handle(std::string{Clips::job_kind}, [this](jobs::Work& work) { return cutter_.cut(work); });
    runner_.on_change([this](const jobs::Job&) { change([] {}); });
  }

  Clip make(Micros from = -40s, Micros to = -30s) {
    const WallRange range{clock_.now() + from, clock_.now() + to};
    const auto made =
        clips_.create(organization_, {.channels = {archive_.channel}, .range = range, .author = author_});
    return made.value().front();
  }
  Clip get(const Clip& clip) { return clips_.get(organization_, clip.id).value(); }
  template <class Condition>
  bool wait_for(Condition condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, condition);
  }
  void change(const std::function<void()>& what) {
    const std::lock_guard lock{mutex_};
    what();
    changed_.notify_all();
  }
  void put(const std::string& path) {
    media::SliceList body;
    body.append(media::Bytes(10));
    ASSERT_TRUE(copy_blob(*volume_, path, body, {}).ok());
  }
  bool is_there(const std::string& path) { return volume_->status(path).ok(); }

  UserId author_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void(const Change&)> before_change_ = [](const Change&) {};
  std::unique_ptr<Log> log_ = make_null_log();
  FakeArchive archive_;
  playback::Playback playback_{{}, archive_, clock_, *log_};
  jobs::Queue queue_{{}, *database_, clock_};
  std::unique_ptr<storage::blobs::Volume> volume_ = std::make_unique<storage::blobs::FaultyVolume>(
      std::move(
          *storage::blobs::open_local_volume({.folder = (folder_ / "blobs").string(), .direct_io = false})),
      [this](const Change& change) {
        before_change_(change);
        return storage::blobs::Verdict::pass;
      });
  Clips clips_{{}, *database_, queue_, *volume_, clock_, *log_};
  ClipCutter cutter_{{.clips = clips_,
                      .volume = *volume_,
                      .archive = archive_,
                      .playback = playback_,
                      .clock = clock_,
                      .log = *log_}};
  Runner runner_{{.threads = 2, .look = 5ms, .beat = 5ms}, queue_, clock_, *log_};
};

TEST_F(ClipCutterTest, ATryThatEndsLateLeavesTheFileOfALaterOneAlone) {
  bool held = false, go_on = false;
  before_change_ = [&](const Change& change) {
    if (change.verb != "sync") return;
    std::unique_lock lock{mutex_};
    if (std::exchange(held, true)) return;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return go_on; }));
  };
  ASSERT_TRUE(runner_.start().ok());
  const auto clip = make();
  ASSERT_TRUE(wait_for([&] { return held; }));
  ASSERT_TRUE(clips_.cancel(organization_, clip.id).ok());
  ASSERT_TRUE(clips_.retry(organization_, clip.id).ok());
  EXPECT_TRUE(wait_for([&] { return get(clip).is_ready(); }));
  change([&] { go_on = true; });
  runner_.stop();  // waits for both
  const auto ready = get(clip);
  ASSERT_TRUE(ready.is_ready());
  EXPECT_TRUE(is_there(ready.path)) << ready.path;
  const auto folder = io::Path{ready.path}.parent_path();
  EXPECT_EQ(volume_->list(folder)->size(), 1u) << "what the first wrote is gone";
}

TEST_F(ClipCutterTest, WhatEarlierTriesLeftGoesAndNothingElse) {
  auto clip = make();
  const jobs::JobId job{clip.job.value + 5};
  const auto named = [&](const std::string& name) {
    return (io::Path{file_of_try(clip, {.job = job, .tried = 1}, "mp4")}.parent_path() / name).native();
  };
  const auto number = clip.id.value;
  const std::vector gone{file_of_try(clip, {.job = clip.job, .tried = 9}, "mp4"),
                         file_of_try(clip, {.job = job, .tried = 1}, "jpg"),
                         named(fmt::format("{}.mp4", number)), named(fmt::format("{}-2.jpg", number))};
  const std::vector kept{file_of_try(clip, {.job = job, .tried = 2}, "mp4"),
                         file_of_try(clip, {.job = job, .tried = 3}, "mp4"),
                         file_of_try(clip, {.job = jobs::JobId{job.value + 1}, .tried = 1}, "mp4"),
                         named(fmt::format("{}.mp4", number + 1)),
                         named(fmt::format("{}0-1-1.mp4", number)),
                         named("notes.txt")};
  for (const auto& files : {gone, kept})
    for (const auto& file : files)
      put(file);
  ASSERT_TRUE(clear_tries(*volume_, clip, {.job = job, .tried = 2}).ok());
  for (const auto& file : gone)
    EXPECT_FALSE(is_there(file)) << file;
  for (const auto& file : kept)
    EXPECT_TRUE(is_there(file)) << file;
  clip.created -= std::chrono::years{1};
  EXPECT_TRUE(clear_tries(*volume_, clip, {.job = job, .tried = 2}).ok()) << "no folder, nothing to clear";
}

TEST_F(ClipCutterTest, ABreakOfTheRecordingIsWaitedFor) {
  const auto now = clock_.now();
  const auto clip = make(-10s, 5s);
  clock_.pass(6s);
  ASSERT_TRUE(runner_.start().ok());
  ASSERT_TRUE(wait_for([&] { return get(clip).not_before == now + 7s; })) << "not live, and asked again";
  Tape tape{archive_, {.begin = now + 3s, .run_number = 2}};
  tape.fragments(3, 25);
  tape.end();
  clock_.pass(1s);
  ASSERT_TRUE(wait_for([&] { return get(clip).is_ready(); }));
  EXPECT_EQ(get(clip).shown, (WallRange{now - 10s, now + 5s}));
  EXPECT_EQ(get(clip).missing, (std::vector<Missing>{{{now, now + 3s}, ""}}));
}

TEST_F(ClipCutterTest, AChannelThatAPersonStoppedIsNotWaitedFor) {
  const auto now = clock_.now();
  archive_.gaps = {{.from = now, .to = now + 1h, .cause = archive::GapCause::stopped}};
  const auto clip = make(-10s, 5s);
  clock_.pass(6s);
  ASSERT_TRUE(runner_.start().ok());
  ASSERT_TRUE(wait_for([&] { return get(clip).is_ready(); }));
  EXPECT_EQ(get(clip).shown, (WallRange{now - 10s, now}));
}

TEST(ExplainMissing, NamesCausesAndWhatWasNotRecordedInTheEnd) {
  const auto at = [](int s) { return wall_from_us(s * 1'000'000LL); };
  playback::Playback::Film film{.shown = {at(10), at(50)}, .missing = {{at(20), at(30)}}};
  archive::Timeline timeline{.range = {at(0), at(60)},
                             .gaps = {{.from = at(20), .to = at(30), .cause = archive::GapCause::source_lost},
                                      {.from = at(50), .to = at(60), .cause = archive::GapCause::stopped}}};
  EXPECT_EQ(explain_missing({at(10), at(50)}, film, timeline),
            (std::vector<Missing>{{{at(20), at(30)}, "source_lost"}}));
  EXPECT_EQ(explain_missing({at(10), at(58)}, film, timeline),
            (std::vector<Missing>{{{at(20), at(30)}, "source_lost"}, {{at(50), at(58)}, "stopped"}}));
  film.missing.push_back({at(50), at(55)});
  timeline.gaps.clear();
  EXPECT_EQ(explain_missing({at(10), at(58)}, film, timeline),
            (std::vector<Missing>{{{at(20), at(30)}, ""}, {{at(50), at(58)}, ""}}))
      << "one gap, known to two";
  const auto text = format_missing({{{at(20), at(30)}, "source_lost"}});
  EXPECT_EQ(parse_missing(text), (std::vector<Missing>{{{at(20), at(30)}, "source_lost"}}));
  EXPECT_EQ(parse_missing("nonsense"), std::vector<Missing>{});
}

}  // namespace
}  // namespace longtake::desk
