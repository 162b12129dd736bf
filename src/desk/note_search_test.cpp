#include "desk/note_search.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace longtake::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class NoteSearchTest : public DeskTest {};

TEST_F(NoteSearchTest, GivesNewestFirstByTheMomentItIsAbout) {
  made(said("late", 30), ann_);
  made(said("early", 10), ann_);
  made(said("middle", 20), bob_);
  EXPECT_THAT(found({}), ElementsAre("late", "middle", "early"));
}

TEST_F(NoteSearchTest, PagesMissNothingAndRepeatNothing) {
  for (int i = 0; i < 7; ++i)
    made(said(fmt::format("n{}", i), i / 3), ann_);  // three of one moment
  std::vector<std::string> seen;
  std::int64_t before = 0;
  int pages = 0;
  do {
    const auto page = search_.list(main_, {}, before, 2);
    ASSERT_TRUE(page);
    for (const auto& note : page->notes)
      seen.push_back(note.content.text);
    before = page->next.value_or(0);
    ++pages;
  } while (before != 0);
  EXPECT_EQ(pages, 4);
  EXPECT_THAT(seen, ElementsAre("n6", "n5", "n4", "n3", "n2", "n1", "n0"));
}

TEST_F(NoteSearchTest, EveryFilterCuts) {
  const auto form = templates_.create(main_, {.name = "Form", .fields = {{.key = "q", .label = "Q"}}});
  auto content = said("goal in extra time", 10);
  content.channel = two_;
  content.form = form->id;
  content.fields = {{"q", "quoted words"}};
  content.tags = {"sport"};
  made(content, bob_);
  made(said("goal of the day", 20), ann_);
  EXPECT_THAT(found({.text = "goal"}), ElementsAre("goal of the day", "goal in extra time"));
  EXPECT_THAT(found({.text = "goal", .channel = two_}), ElementsAre("goal in extra time"));
  EXPECT_THAT(found({.tag = "sport"}), ElementsAre("goal in extra time"));
  EXPECT_THAT(found({.author = ann_}), ElementsAre("goal of the day"));
  EXPECT_THAT(found({.form = form->id}), ElementsAre("goal in extra time"));
  EXPECT_THAT(found({.text = "quot"}), ElementsAre("goal in extra time")) << "fields are searched too";
  EXPECT_THAT(found({.text = "spor"}), ElementsAre("goal in extra time")) << "and tags";
  EXPECT_THAT(found({.text = "goal", .channel = one_, .author = bob_}), IsEmpty());
  EXPECT_THAT(found({.text = "goal"}, other_), IsEmpty());
}

TEST_F(NoteSearchTest, APeriodIsHalfOpenToTheMicrosecond) {
  for (const int us : {0, 1, 999, 1'000})
    made({.channel = one_, .at = at(0) + Micros{us}, .text = std::to_string(us)}, ann_);
  EXPECT_THAT(found({.from = at(0) + Micros{1}, .to = at(0) + Micros{1'000}}), ElementsAre("999", "1"));
  EXPECT_THAT(found({.from = at(0)}), ElementsAre("1000", "999", "1", "0"));
  EXPECT_THAT(found({.to = at(0) + Micros{1}}), ElementsAre("0"));
}

TEST_F(NoteSearchTest, APeriodMayEndInAnyYear) {
  made(said("now"), ann_);
  for (const auto* year : {"2248", "2249", "3000", "9999"}) {
    const auto then = parse_rfc3339(fmt::format("{}-12-31T23:59:59Z", year)).value();
    EXPECT_THAT(found({.to = then}), ElementsAre("now")) << year;
    EXPECT_THAT(found({.from = then}), IsEmpty()) << year;
  }
}

TEST_F(NoteSearchTest, EveryNoteOfALongPageHasWhatIsKeptWithIt) {
  constexpr int many = 70;
  for (int i = 0; i < many; ++i) {
    const auto note = made(said(std::to_string(i), i), ann_);
    const auto kept = database_->write([&](storage::sql::Session& session) -> Status {
      for (int copy = 0; copy < i % 3; ++copy)
        LT_CHECK(
            session.execute("insert into screenshots (organization_id, channel_id, at_us, created_by, "
                            "created_us, removed_us, bytes, note_id) values (?, ?, 0, ?, 0, ?, 1, ?)",
                            main_, one_, ann_, copy == 1 ? std::optional{at(0)} : std::nullopt, note.id));
      if (i % 5 == 0)
        LT_CHECK(
            session.execute("insert into clips (organization_id, channel_id, from_us, to_us, title, "
                            "created_by, created_us, note_id) values (?, ?, 0, 1, '', ?, 0, ?)",
                            main_, one_, ann_, note.id));
      return {};
    });
    ASSERT_TRUE(kept.ok()) << kept.error().story();
  }
  const auto page = search_.list(main_, {}, 0, 100);
  ASSERT_TRUE(page.ok()) << page.error().story();
  ASSERT_EQ(page->notes.size(), std::size_t{many});
  for (const auto& note : page->notes) {
    const int i = std::stoi(note.content.text);
    EXPECT_EQ(note.screenshots.size(), i % 3 == 0 ? 0u : 1u) << i << ": one that was removed is not with it";
    EXPECT_EQ(note.clips.size(), i % 5 == 0 ? 1u : 0u) << i;
    EXPECT_EQ(notes_.get(main_, note.id)->clips, note.clips);
  }
}

TEST_F(NoteSearchTest, ColleaguesAreThoseOfTheOrganization) {
  const auto list = search_.colleagues(main_, {}, 10);
  ASSERT_TRUE(list);
  std::vector<UserId> ids;
  for (const auto& one : *list)
    ids.push_back(one.id);
  EXPECT_THAT(ids, ElementsAre(ann_, bob_));
}

}  // namespace
}  // namespace longtake::desk
