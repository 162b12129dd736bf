#include "desk/clips.h"

#include <gtest/gtest.h>

#include "desk/blobs.h"
#include "desk/check.h"
#include "desk/clip_cutter.h"
#include "desk/clip_tries.h"
#include "desk/notes.h"
#include "jobs/jobs_fixture.h"
#include "storage/blobs/faulty_volume.h"
#include "storage/sql/migrations.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

class ClipsTest : public jobs::JobsTest {
 protected:
  ClipsTest() {
    const auto made = database_->write([&](Session& s) -> Status {
      LT_TRY(author_.value,
             s.insert(
                 "insert into users (email, name, password_hash, created_us) values ('a@b.c', 'Ann', '', 0) "
                 "returning id"));
      LT_TRY(other_.value, s.insert("insert into organizations (slug, name, kind, time_zone, created_us) "
                                    "values ('other', 'Other', 'desk', 'UTC', 0) returning id"));
      for (auto* channel : {&one_, &two_}) {
        LT_TRY(channel->value,
               s.insert("insert into channels (organization_id, name, source_sealed, audio, rtsp_transport, "
                        "segment_seconds, created_us) values (?, ?, '', 'keep', 'tcp', 60, 0) returning id",
                        organization_, channel == &one_ ? "One" : "Two"));
      }
      return {};
    });
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
  }

  NewClips wanted() const {
    return {.channels = {one_},
            .range = {clock_.now() - 40s, clock_.now() - 10s},
            .title = "A goal",
            .tags = {"sport", "goal"},
            .author = author_};
  }
  Clip make(const NewClips& clip) { return clips_.create(organization_, clip).value().front(); }
  Clip make() { return make(wanted()); }
  /// Does what the cutter does, with a file of its own.
  void cut(const Clip& clip) {
    const auto claimed = queue_.claim("test").value().value();
    const auto path = fmt::format("clips/{}.mp4", clip.id);
    media::SliceList body;
    body.append(media::Bytes(10));
    ASSERT_TRUE(copy_blob(*volume_, path, body, {}).ok());
    const auto done = queue_.finish(claimed.lease, [&](Session& s) {
      return clips_.keep(s, clip.id, {.path = path, .bytes = 10, .shown = clip.range});
    });
    ASSERT_TRUE(done.ok()) << done.error().story();
  }
  Clip::State state(const Clip& clip) { return clips_.get(organization_, clip.id)->state; }
  std::vector<ClipId> ids(const ClipQuery& query, OrganizationId organization) {
    std::vector<ClipId> out;
    const auto clips = clips_.list(organization, query).value();
    for (const auto& clip : clips)
      out.push_back(clip.id);
    return out;
  }
  std::vector<ClipId> ids(const ClipQuery& query) { return ids(query, organization_); }

  UserId author_;
  OrganizationId other_;
  ChannelId one_, two_;
  jobs::Queue queue_{{.retry = {.tries = 2, .first = 1s}}, *database_, clock_};
  std::string stuck_;  // a file that cannot be removed
  std::unique_ptr<storage::blobs::Volume> volume_ = std::make_unique<storage::blobs::FaultyVolume>(
      std::move(
          *storage::blobs::open_local_volume({.folder = (folder_ / "blobs").string(), .direct_io = false})),
      [this](const storage::blobs::Change& change) {
        return change.verb == "remove" && change.path == stuck_ ? storage::blobs::Verdict::fail
                                                                : storage::blobs::Verdict::pass;
      });
  std::unique_ptr<Log> log_ = make_null_log();
  Clips clips_{{.longest = 2min, .waiting = 3}, *database_, queue_, *volume_, clock_, *log_};
};

TEST_F(ClipsTest, OneOfEachChannelOrNone) {
  auto two = wanted();
  two.channels = {one_, two_};
  const auto made = clips_.create(organization_, two).value();
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].channel_name, "One");
  EXPECT_EQ(made[1].channel, two_);
  EXPECT_EQ(made[0].tags, (std::vector<std::string>{"sport", "goal"}));
  EXPECT_EQ(made[0].author_name, "Ann");
  EXPECT_EQ(made[0].state, Clip::State::queued);
  two.channels = {one_, ChannelId{999}};
  EXPECT_EQ(clips_.create(organization_, two).error().code(), Code::not_found);
  EXPECT_EQ(clips_.create(other_, wanted()).error().code(), Code::not_found)
      << "a channel of another organization";
  EXPECT_EQ(ids({}).size(), 2u);
}

TEST_F(ClipsTest, LimitsHold) {
  auto clip = wanted();
  clip.range = {clock_.now() - 130s, clock_.now() - 9s};
  EXPECT_EQ(clips_.create(organization_, clip).error().code(), Code::invalid) << "longer than two minutes";
  clip.range = {clock_.now() + 599s, clock_.now() + 601s};
  EXPECT_EQ(clips_.create(organization_, clip).error().code(), Code::invalid) << "too far ahead";
  for (int i = 0; i < 3; ++i)
    make();
  EXPECT_EQ(clips_.create(organization_, wanted()).error().kind(), "too-many-clips");
  const auto first = clips_.list(organization_, {}).value().back();
  cut(first);
  EXPECT_TRUE(clips_.create(organization_, wanted()).ok()) << "one is ready";
}

TEST_F(ClipsTest, WhatEndsAheadIsDueThen) {
  auto clip = wanted();
  clip.range = {clock_.now() - 15s, clock_.now() + 15s};
  const auto made = make(clip);
  EXPECT_EQ(made.not_before, clock_.now() + 15s);
  EXPECT_EQ(queue_.next_due().value(), clock_.now() + 15s);
  EXPECT_EQ(make().not_before, WallTime{}) << "this one does not wait";
}

TEST_F(ClipsTest, LookingWhetherItIsRecordedIsNotCuttingYet) {
  auto ahead = wanted();
  ahead.range = {clock_.now() - 15s, clock_.now() + 1s};
  const auto clip = make(ahead);
  clock_.pass(1s);
  const auto look = queue_.claim("test").value().value();
  EXPECT_EQ(state(clip), Clip::State::queued);
  ASSERT_TRUE(queue_.put_back(look.lease, clock_.now() + 1s).ok());
  EXPECT_EQ(state(clip), Clip::State::queued);
  EXPECT_EQ(clips_.get(organization_, clip.id)->not_before, clock_.now() + 1s);
  clock_.pass(1s);
  const auto again = queue_.claim("test").value().value();
  ASSERT_TRUE(queue_.renew(again.lease, 1).ok());
  EXPECT_EQ(state(clip), Clip::State::cutting);
}

TEST_F(ClipsTest, StatesFollowTheJob) {
  const auto clip = make();
  auto claimed = queue_.claim("test").value().value();
  EXPECT_EQ(claimed.job.thing, fmt::format("clip/{}", clip.id));
  ASSERT_TRUE(queue_.renew(claimed.lease, 1).ok());
  EXPECT_EQ(state(clip), Clip::State::cutting);
  ASSERT_TRUE(
      queue_.fail(claimed.lease, make_error(Code::not_found, "no recording").named("not-recorded")).ok());
  const auto failed = clips_.get(organization_, clip.id).value();
  EXPECT_EQ(failed.state, Clip::State::failed);
  EXPECT_EQ(failed.error, "no recording");
  EXPECT_EQ(failed.error_kind, "not-recorded");
  EXPECT_EQ(clips_.cancel(organization_, clip.id).error().code(), Code::conflict);
  EXPECT_EQ(clips_.retry(organization_, clip.id)->state, Clip::State::queued);
  EXPECT_EQ(clips_.retry(organization_, clip.id).error().code(), Code::conflict);
  EXPECT_EQ(clips_.cancel(organization_, clip.id)->state, Clip::State::cancelled);
  ASSERT_TRUE(clips_.retry(organization_, clip.id).ok());
  cut(clip);
  EXPECT_EQ(state(clip), Clip::State::ready);
  EXPECT_EQ(clips_.retry(organization_, clip.id).error().code(), Code::conflict);
}

TEST_F(ClipsTest, JobsThatAreLongOverAreForgottenUnlessTheyTellOfTheirClip) {
  const auto jobs = [&] {
    return **database_->read(
        [](Session& s) { return s.find("select count(*) from jobs", [](std::int64_t n) { return n; }); });
  };
  const auto ready = make();
  cut(ready);
  const auto cancelled = make();
  ASSERT_TRUE(clips_.cancel(organization_, cancelled.id).ok());
  ASSERT_TRUE(clips_.retry(organization_, cancelled.id).ok());
  ASSERT_TRUE(clips_.cancel(organization_, cancelled.id).ok());
  const auto failed = make();
  ASSERT_TRUE(queue_
                  .fail(queue_.claim("test").value().value().lease,
                        make_error(Code::not_found, "no recording").named("not-recorded"))
                  .ok());
  const auto removed = make();
  ASSERT_TRUE(clips_.remove(organization_, removed.id).ok());
  const auto queued = make();
  ASSERT_EQ(jobs(), 6);
  clock_.pass(Clips::kept_jobs);
  EXPECT_EQ(clips_.forget_jobs().value(), 0) << "not yet";
  clock_.pass(1s);
  EXPECT_EQ(clips_.forget_jobs().value(), 3)
      << "of the ready one, the first of the cancelled, of the removed";
  EXPECT_EQ(jobs(), 3);
  EXPECT_EQ(state(ready), Clip::State::ready);
  EXPECT_EQ(state(cancelled), Clip::State::cancelled);
  EXPECT_EQ(state(failed), Clip::State::failed);
  EXPECT_EQ(clips_.get(organization_, failed.id)->error_kind, "not-recorded");
  EXPECT_EQ(state(queued), Clip::State::queued);
}

TEST_F(ClipsTest, ACutThatComesTooLateChangesNothing) {
  const auto clip = make();
  const auto claimed = queue_.claim("test").value().value();
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  const auto late = queue_.finish(claimed.lease, [&](Session& s) {
    return clips_.keep(s, clip.id, {.path = "clips/late.mp4", .bytes = 1, .shown = clip.range});
  });
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind(), "lease-lost");
}

TEST_F(ClipsTest, TheFileGoesWithTheClip) {
  const auto clip = make();
  cut(clip);
  const auto path = clips_.get(organization_, clip.id)->path;
  ASSERT_TRUE(volume_->status(path).ok());
  EXPECT_EQ(clips_.remove(other_, clip.id).error().code(), Code::not_found);
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  EXPECT_FALSE(volume_->status(path).ok());
  EXPECT_EQ(clips_.get(organization_, clip.id).error().code(), Code::not_found);
  EXPECT_EQ(clips_.sweep().value(), 0);
}

TEST_F(ClipsTest, AFileWhoseRowWentFirstIsSwept) {
  const auto clip = make();
  cut(clip);
  const auto path = clips_.get(organization_, clip.id)->path;
  // As a crash between the two leaves it.
  ASSERT_TRUE(database_
                  ->write([&](Session& s) -> Status {
                    LT_CHECK(s.execute("update clips set removed_us = 1 where id = ?", clip.id));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(clips_.sweep().value(), 1);
  EXPECT_FALSE(volume_->status(path).ok());
  EXPECT_EQ(clips_.sweep().value(), 0);
}

TEST_F(ClipsTest, AFileThatCannotBeRemovedStopsNeitherTheRemovalNorTheSweepOfOthers) {
  const auto first = make();
  cut(first);
  const auto second = make();
  cut(second);
  stuck_ = clips_.get(organization_, first.id)->path;
  const auto free = clips_.get(organization_, second.id)->path;
  EXPECT_TRUE(clips_.remove(organization_, first.id).ok());
  EXPECT_EQ(clips_.get(organization_, first.id).error().code(), Code::not_found);
  ASSERT_TRUE(database_
                  ->write([&](Session& s) -> Status {
                    LT_CHECK(s.execute("update clips set removed_us = 1 where id = ?", second.id));
                    return {};
                  })
                  .ok());
  const auto swept = clips_.sweep();
  ASSERT_TRUE(swept.ok()) << swept.error().story();
  EXPECT_EQ(*swept, 1);
  EXPECT_FALSE(volume_->status(free).ok());
  EXPECT_TRUE(volume_->status(stuck_).ok());
  stuck_.clear();
  EXPECT_EQ(clips_.sweep().value(), 1) << "another start, another try";
}

TEST_F(ClipsTest, WhatACrashLeftOfAClipGoesWithIt) {
  const auto clip = make();
  media::SliceList body;
  body.append(media::Bytes(10));
  const auto left = file_of_try(clip, {.job = clip.job, .tried = 5}, "mp4");
  ASSERT_TRUE(copy_blob(*volume_, left, body, {}).ok());
  ASSERT_TRUE(clips_.cancel(organization_, clip.id).ok());
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  EXPECT_FALSE(volume_->status(left).ok());
}

TEST_F(ClipsTest, CheckFindsRowsWithoutBytesAndFilesWithoutRows) {
  const auto clip = make();
  cut(clip);
  const auto path = clips_.get(organization_, clip.id)->path;
  const auto check = [&](const BlobCheck& options) {
    std::vector<std::string> out;
    const auto found = check_blobs(*volume_, *database_, clock_, options).value();
    for (const auto& finding : found)
      out.push_back(finding.thing + ": " + finding.problem);
    return out;
  };
  EXPECT_EQ(check({}), std::vector<std::string>{});
  media::SliceList body;
  body.append(media::Bytes(5));
  ASSERT_TRUE(copy_blob(*volume_, "1/clips/orphan.mp4", body, {}).ok());
  ASSERT_TRUE(copy_blob(*volume_, path, body, {}).ok());
  EXPECT_EQ(check({}), (std::vector<std::string>{"blobs/" + path + ": file has 5 bytes, its row says 10",
                                                 "blobs/1/clips/orphan.mp4: unknown file"}));
  ASSERT_TRUE(volume_->remove(path).ok());
  EXPECT_EQ(check({.repair = true}),
            (std::vector<std::string>{"blobs/" + path + ": file is missing",
                                      "blobs/1/clips/orphan.mp4: unknown file, moved to quarantine"}));
  EXPECT_TRUE(volume_->status("quarantine/1/clips/orphan.mp4").ok());
  EXPECT_EQ(check({}), std::vector<std::string>{"blobs/" + path + ": file is missing"});
}

TEST_F(ClipsTest, EditsDoNotOverwriteEachOther) {
  const auto clip = make();
  const auto edited =
      clips_.edit(organization_, clip.id, {.title = "B", .tags = {"x"}, .expected_version = 1});
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(edited->title, "B");
  EXPECT_EQ(edited->tags, std::vector<std::string>{"x"});
  EXPECT_EQ(edited->version, 2);
  EXPECT_EQ(clips_.edit(organization_, clip.id, {.title = "C", .expected_version = 1}).error().kind(),
            "stale");
  EXPECT_EQ(clips_.edit(other_, clip.id, {.title = "C"}).error().code(), Code::not_found);
}

TEST_F(ClipsTest, ListsByChannelTagAuthorPeriodAndPage) {
  const auto first = make();
  auto two = wanted();
  two.channels = {two_};
  two.tags = {"talk"};
  two.range = {clock_.now() - 5s, clock_.now() - 1s};
  const auto second = make(two);
  EXPECT_EQ(ids({}), (std::vector{second.id, first.id}));
  EXPECT_EQ(ids({}, other_), std::vector<ClipId>{});
  EXPECT_EQ(ids({.channel = two_}), std::vector{second.id});
  EXPECT_EQ(ids({.tag = "goal"}), std::vector{first.id});
  EXPECT_EQ(ids({.tag = "oal"}), std::vector<ClipId>{});
  EXPECT_EQ(ids({.author = author_}).size(), 2u);
  EXPECT_EQ(ids({.author = UserId{99}}).size(), 0u);
  EXPECT_EQ(ids({.from = second.range.from}), std::vector{second.id});
  EXPECT_EQ(ids({.to = second.range.from}), std::vector{first.id});
  EXPECT_EQ(ids({.from = first.range.to}), std::vector{second.id}) << "ranges are half-open";
  EXPECT_EQ(ids({.limit = 1}), std::vector{second.id});
  EXPECT_EQ(ids({.before = second.id, .limit = 1}), std::vector{first.id});
}

TEST_F(ClipsTest, FoundByWordsOfTitleAndTags) {
  auto one = wanted();
  one.title = "El árbitro señaló penalti";
  const auto first = make(one);
  auto two = wanted();
  two.title = "Ведущий ошибся";
  two.channels = {two_};
  two.tags = {"live talk"};
  const auto second = make(two);
  EXPECT_EQ(ids({.text = "arbitro SENALO"}), std::vector{first.id});
  EXPECT_EQ(ids({.text = "goa"}), std::vector{first.id}) << "the beginning of a tag";
  EXPECT_EQ(ids({.text = "ведущий"}), std::vector{second.id});
  EXPECT_EQ(ids({.text = "talk"}), std::vector{second.id});
  EXPECT_EQ(ids({.text = "talk", .channel = one_}), std::vector<ClipId>{});
  EXPECT_EQ(ids({.text = "talk", .tag = "live talk", .channel = two_, .author = author_}),
            std::vector{second.id});
  EXPECT_EQ(ids({.text = "talk", .tag = "live"}), std::vector<ClipId>{}) << "a tag is exact";
  EXPECT_EQ(ids({.text = "talk"}, other_), std::vector<ClipId>{}) << "another organization's";
  EXPECT_EQ(ids({.text = " \t"}).size(), 2u) << "nothing is asked";
  ASSERT_TRUE(clips_.edit(organization_, second.id, {.title = "Interview", .tags = {}}).ok());
  EXPECT_EQ(ids({.text = "talk"}), std::vector<ClipId>{});
  EXPECT_EQ(ids({.text = "inter"}), std::vector{second.id});
  ASSERT_TRUE(clips_.remove(organization_, second.id).ok());
  EXPECT_EQ(ids({.text = "inter"}), std::vector<ClipId>{});
}

TEST_F(ClipsTest, FoundByTheNameItsAuthorHasNow) {
  const auto clip = make();
  const auto set = [&](std::string_view what) {
    const auto done = database_->write([&](Session& s) -> Status {
      LT_CHECK(s.execute(fmt::format("update users set {} where id = ?", what), author_));
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().story();
  };
  EXPECT_EQ(ids({.text = "ann"}), std::vector{clip.id});
  EXPECT_EQ(ids({.text = "goal ann"}), std::vector{clip.id}) << "beside other words";
  EXPECT_EQ(ids({.text = "ann"}, other_), std::vector<ClipId>{});
  set("name = 'Ángela Ruiz'");
  EXPECT_EQ(ids({.text = "ann"}), std::vector<ClipId>{}) << "the name of then";
  EXPECT_EQ(ids({.text = "angela goal sport"}), std::vector{clip.id});
  EXPECT_EQ(ids({.text = "goal", .tag = "sport", .channel = one_, .author = author_}), std::vector{clip.id});
  ASSERT_TRUE(clips_.edit(organization_, clip.id, {.title = "Interview", .tags = {}}).ok());
  EXPECT_EQ(ids({.text = "interview ruiz"}), std::vector{clip.id});
  const auto kept = [&] {
    return **database_->read([](Session& s) {
      return s.find("select count(*) from clips_text_data where instr(block, cast('ruiz' as blob)) > 0",
                    [](std::int64_t n) { return n; });
    });
  };
  EXPECT_GT(kept(), 0);
  set("name = '', erased_us = 1");
  EXPECT_EQ(kept(), 0) << "not even inside of the index";
  EXPECT_EQ(ids({.text = "ruiz"}), std::vector<ClipId>{});
  EXPECT_EQ(ids({.text = "interview"}), std::vector{clip.id});
  ASSERT_TRUE(clips_.edit(organization_, clip.id, {.title = "Interview", .tags = {"late"}}).ok());
  ASSERT_TRUE(clips_.remove(organization_, clip.id).ok());
  set("name = 'Back', erased_us = null");
  EXPECT_EQ(ids({.text = "back"}), std::vector<ClipId>{}) << "what was removed comes not back";
}

TEST_F(ClipsTest, ThoseOfOlderDatabasesAreFoundByTheirAuthorToo) {
  const auto clip = make();
  const auto done = database_->write([&](Session& s) -> Status {
    LT_CHECK(s.execute("update clips_text set words = 'A goal sport goal'"));
    LT_CHECK(s.execute("drop trigger clips_text_author"));
    LT_CHECK(s.execute("delete from schema_migrations where version >= 12"));
    return storage::sql::Migrator::apply(s, storage::sql::migrations().first(12), clock_.now());
  });
  ASSERT_TRUE(done.ok()) << done.error().story();
  EXPECT_EQ(ids({.text = "sport ann"}), std::vector{clip.id});
}

TEST_F(ClipsTest, SearchedPagesAreFullHoweverManyThePeriodLeavesOut) {
  std::vector<ClipId> late;
  for (int i = 0; i < 3; ++i) {
    auto early = wanted();
    early.range = {clock_.now() - 100s, clock_.now() - 90s};
    const auto left_out = make(early);
    late.push_back(make().id);
    ASSERT_TRUE(clips_.cancel(organization_, left_out.id).ok());
    ASSERT_TRUE(clips_.cancel(organization_, late.back()).ok());
  }
  const ClipQuery query{.text = "goal", .from = clock_.now() - 80s, .limit = 2};
  EXPECT_EQ(ids(query), (std::vector{late[2], late[1]}));
  auto next = query;
  next.before = late[1];
  EXPECT_EQ(ids(next), std::vector{late[0]});
}

TEST_F(ClipsTest, BelongsToANoteOfTheOrganizationUntilThatIsRemoved) {
  Notes notes{*database_, clock_};
  const auto note = notes.create(
      organization_, {.content = {.channel = one_, .at = clock_.now(), .text = "A"}, .author = author_});
  ASSERT_TRUE(note.ok());
  auto with_note = wanted();
  with_note.note = note->id;
  const auto clip = make(with_note);
  const auto alone = make();
  EXPECT_EQ(clip.note, note->id);
  EXPECT_EQ(ids({.note = note->id}), std::vector{clip.id});
  EXPECT_EQ(notes.get(organization_, note->id)->clips, std::vector{clip.id});
  with_note.note = NoteId{999};
  EXPECT_EQ(clips_.create(organization_, with_note).error().kind(), "no-such-note");
  EXPECT_EQ(clips_.edit(organization_, alone.id, {.title = "A", .note = NoteId{999}}).error().kind(),
            "no-such-note");
  EXPECT_EQ(clips_.edit(organization_, alone.id, {.title = "A", .note = note->id})->note, note->id);
  EXPECT_EQ(notes.get(organization_, note->id)->clips, (std::vector{clip.id, alone.id}));
  EXPECT_EQ(clips_.edit(organization_, alone.id, {.title = "A"})->note, NoteId{}) << "taken away again";
  ASSERT_TRUE(notes.remove(organization_, note->id, {}).ok());
  const auto kept = clips_.get(organization_, clip.id);
  ASSERT_TRUE(kept.ok()) << "the clip stays";
  EXPECT_EQ(kept->note, NoteId{});
  EXPECT_EQ(kept->version, clip.version + 1);
  EXPECT_EQ(clips_.edit(organization_, clip.id, {.title = "A", .note = note->id}).error().kind(),
            "no-such-note");
}

TEST(ExplainMissing, NamesCausesAndWhatWasNotRecordedInTheEnd) {
  const auto at = [](int s) { return wall_from_us(s * 1'000'000); };
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
