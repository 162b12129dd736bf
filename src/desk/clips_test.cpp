#include "desk/clips.h"

#include <gtest/gtest.h>

#include "desk/clips_fixture.h"
#include "desk/notes.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

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

}  // namespace
}  // namespace longtake::desk
