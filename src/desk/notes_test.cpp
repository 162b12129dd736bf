#include "desk/notes.h"

#include <gmock/gmock.h>

#include "access/privacy.h"
#include "desk/desk_fixture.h"

namespace longtake::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class NotesTest : public DeskTest {};

TEST_F(NotesTest, AKeyIsOneNoteAlsoInAnotherLife) {
  const auto first = made(said("once"), ann_, "key-1");
  Notes restarted{*database_, clock_};
  const auto again = restarted.create(main_, {.content = said("once"), .author = ann_, .key = "key-1"});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first.id);
  EXPECT_THAT(found({}), ElementsAre("once"));
  const auto known = restarted.find_made(main_, {.content = said("once"), .author = ann_, .key = "key-1"});
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->has_value());
  const auto other = restarted.create(main_, {.content = said("another"), .author = ann_, .key = "key-1"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::conflict);
  made(said("of somebody else"), bob_, "key-1");
  made(said("once"), ann_);
  EXPECT_EQ(found({}).size(), 3u);
}

TEST_F(NotesTest, AnEditedNoteIsStillTheOneOfItsKeyAndARemovedOneSaysSo) {
  const auto note = made(said("typed"), ann_, "k");
  ASSERT_TRUE(notes_.update(main_, note.id, {.content = said("corrected"), .editor = ann_}));
  const NewNote repeat{.content = said("typed"), .author = ann_, .key = "k"};
  const auto again = notes_.create(main_, repeat);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->content.text, "corrected");
  ASSERT_TRUE(notes_.remove(main_, note.id, {}));
  const auto gone = notes_.create(main_, repeat);
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().text().find("removed"), std::string::npos);
  EXPECT_THAT(found({}), IsEmpty());
}

TEST_F(NotesTest, AnEditLeavesWhatWasSaidBefore) {
  const auto note = made(said("first"), ann_);
  clock_.pass(std::chrono::minutes{1});
  auto content = note.content;
  content.text = "second";
  content.at = at(5);
  const auto edited =
      notes_.update(main_, note.id, {.content = content, .editor = bob_, .expected_version = 1});
  ASSERT_TRUE(edited) << edited.error().story();
  EXPECT_EQ(edited->version, 2);
  EXPECT_EQ(edited->author.id, ann_);
  EXPECT_EQ(edited->editor.id, bob_);
  content.text = "third";
  const auto stale =
      notes_.update(main_, note.id, {.content = content, .editor = ann_, .expected_version = 1});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind(), "stale");
  ASSERT_TRUE(notes_.update(main_, note.id, {.content = content, .editor = ann_, .expected_version = 2}));
  const auto revisions = notes_.revisions(main_, note.id, 0, 10);
  ASSERT_TRUE(revisions);
  ASSERT_EQ(revisions->size(), 2u);
  EXPECT_EQ((*revisions)[0].content.text, "second");
  EXPECT_EQ((*revisions)[0].author.id, bob_);
  EXPECT_EQ((*revisions)[1].content, note.content);
  EXPECT_EQ((*revisions)[1].author.id, ann_);
  EXPECT_EQ(notes_.revisions(main_, note.id, 2, 10)->size(), 1u);
  EXPECT_THAT(found({.text = "first"}), IsEmpty());
  EXPECT_THAT(found({.text = "third"}), ElementsAre("third"));
}

TEST_F(NotesTest, AnEditThatSaysTheSameIsNone) {
  const auto note = made(said("same"), ann_);
  const auto edited = notes_.update(main_, note.id, {.content = note.content, .editor = bob_});
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->version, 1);
  EXPECT_THAT(*notes_.revisions(main_, note.id, 0, 10), IsEmpty());
}

TEST_F(NotesTest, OrganizationsKeepTheirOwn) {
  const auto note = made(said("ours"), ann_);
  EXPECT_EQ(notes_.get(other_, note.id).error().code(), Code::not_found);
  EXPECT_EQ(notes_.update(other_, note.id, {.content = note.content, .editor = eve_}).error().code(),
            Code::not_found);
  EXPECT_EQ(notes_.remove(other_, note.id, {}).error().code(), Code::not_found);
  EXPECT_EQ(notes_.revisions(other_, note.id, 0, 10).error().code(), Code::not_found);
  auto content = said("theirs");
  content.channel = foreign_;
  EXPECT_EQ(notes_.create(main_, {.content = content, .author = ann_}).error().code(), Code::not_found);
  EXPECT_THAT(found({}, other_), IsEmpty());
  const auto form = templates_.create(other_, {.name = "Theirs"});
  ASSERT_TRUE(form);
  content = said("with their form");
  content.form = form->id;
  EXPECT_EQ(notes_.check(main_, content).error().code(), Code::not_found);
}

TEST_F(NotesTest, WhatCanBeMendedIsNamed) {
  auto content = said("");
  const auto name_of = [&] {
    const auto problems = notes_.check(main_, content);
    EXPECT_TRUE(problems);
    return problems && problems->size() == 1 ? problems->front().name : fmt::format("{}", problems->size());
  };
  EXPECT_EQ(name_of(), "text");
  content.text = std::string(Notes::most_characters + 1, 'x');
  EXPECT_EQ(name_of(), "text");
  content.text = "ok";
  content.at = clock_.now() + std::chrono::hours{1};
  EXPECT_EQ(name_of(), "at");
  content.at = at(0);
  content.to = at(0);
  EXPECT_EQ(name_of(), "to");
  content.to = {};
  content.tags = {" spaced"};
  EXPECT_EQ(name_of(), "tags");
  content.tags = {"fine"};
  EXPECT_EQ(name_of(), "0");
}

TEST_F(NotesTest, TagFieldsAreTagsAndTagsAreCounted) {
  const auto form = templates_.create(
      main_, {.name = "Form",
              .fields = {{.key = "marks", .label = "Marks", .kind = FieldKind::tag, .options = {{"lie"}}}}});
  auto content = said("tagged");
  content.form = form->id;
  content.fields = {{"marks", {"lie"}}};
  content.tags = {"free", "lie"};
  const auto note = made(content, ann_);
  EXPECT_THAT(note.content.tags, ElementsAre("free", "lie"));
  auto second = said("too");
  second.tags = {"free"};
  made(second, ann_);
  const auto counts = [&] {
    std::vector<std::pair<std::string, std::int64_t>> out;
    const auto counted = search_.tags(main_, 10);
    for (const auto& [tag, notes] : *counted)
      out.emplace_back(tag, notes);
    return out;
  };
  EXPECT_THAT(counts(), ElementsAre(std::pair{"free", 2}, std::pair{"lie", 1}));
  EXPECT_THAT(found({.tag = "free"}), UnorderedElementsAre("tagged", "too"));
  ASSERT_TRUE(notes_.remove(main_, note.id, {}));
  EXPECT_THAT(counts(), ElementsAre(std::pair{"free", 1}));
  EXPECT_THAT(found({.tag = "lie"}), IsEmpty());
}

class NoteTagsTest : public DeskTest {
 protected:
  NoteTagsTest() {
    form_ = templates_
                .create(main_, {.name = "Form",
                                .fields = {{.key = "marks",
                                            .label = "Marks",
                                            .kind = FieldKind::tag,
                                            .options = {{"lie"}, {"truth"}, {" spaced "}}}}})
                ->id;
  }
  NoteContent marked(std::string_view option, std::vector<std::string> tags) const {
    auto content = said("tagged");
    content.form = form_;
    content.fields = {{"marks", {option}}};
    content.tags = std::move(tags);
    return content;
  }
  /// As a page does: what is wrong with it is asked first.
  std::string edited(const Note& note, const NoteContent& content) {
    const auto problems = notes_.check(main_, content, &note.content);
    if (!problems) return problems.error().story();
    if (!problems->empty()) return problems->front().name + " " + problems->front().message;
    const auto done = notes_.update(main_, note.id, {.content = content, .editor = ann_});
    return done ? fmt::format("{}", fmt::join(done->content.tags, ",")) : done.error().story();
  }
  NoteTemplateId form_;
};

TEST_F(NoteTagsTest, WhatAFieldGaveGoesWithItsValue) {
  const auto note = made(marked("lie", {"free"}), ann_);
  auto content = note.content;
  content.fields = {{"marks", {"truth"}}};
  EXPECT_EQ(edited(note, content), "free,truth");
  const auto second = *notes_.get(main_, note.id);
  content = second.content;
  content.fields = {};
  EXPECT_EQ(edited(second, content), "free");
  EXPECT_THAT(found({.tag = "truth"}), IsEmpty());
}

TEST_F(NoteTagsTest, AsManyAsMayBeTypedAndThoseOfFieldsCanBeEdited) {
  std::vector<std::string> typed;
  for (std::size_t i = 0; i < Notes::most_tags; ++i)
    typed.push_back(fmt::format("tag{}", i));
  const auto note = made(marked("lie", typed), ann_);
  ASSERT_EQ(note.content.tags.size(), Notes::most_tags + 1);
  auto content = note.content;
  content.text = "again";
  EXPECT_EQ(edited(note, content), fmt::format("{},lie", fmt::join(typed, ",")));
  content.fields = {};
  EXPECT_EQ(edited(note, content), fmt::format("{}", fmt::join(typed, ",")));
  const auto full = *notes_.get(main_, note.id);
  content = full.content;
  content.tags.emplace_back("more");
  EXPECT_EQ(edited(full, content), "tags are at most 30");
}

TEST_F(NoteTagsTest, ATagThatIsThereAlreadyIsNotQuestioned) {
  const auto note = made(marked(" spaced ", {}), ann_);
  auto content = note.content;
  content.text = "again";
  EXPECT_EQ(edited(note, content), " spaced ");
  content.tags.emplace_back(" other");
  EXPECT_EQ(edited(note, content), "tags have 1 to 50 characters each, without spaces around them");
}

TEST_F(NotesTest, OnlyPeopleOfTheOrganizationAreMentioned) {
  const auto note = made(said(fmt::format("<@{}> and <@{}>", bob_, eve_)), ann_);
  ASSERT_EQ(note.mentions.size(), 1u);
  EXPECT_EQ(note.mentions[0].id, bob_);
  EXPECT_EQ(found({.mentions = bob_}).size(), 1u);
  EXPECT_THAT(found({.mentions = eve_}), IsEmpty());
  EXPECT_THAT(found({.mentions = ann_}), IsEmpty());
}

TEST_F(NotesTest, WhoIsErasedLeavesTheNotesAndNoName) {
  const auto note = made(said(fmt::format("asked <@{}>", bob_)), bob_);
  access::Privacy privacy{*database_, clock_};
  ASSERT_TRUE(add("root@longtake.test", access::Role::superadmin));
  ASSERT_TRUE(privacy.erase(bob_));
  const auto left = notes_.get(main_, note.id);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->author.name, "");
  ASSERT_EQ(left->mentions.size(), 1u);
  EXPECT_EQ(left->mentions[0].name, "");
  EXPECT_EQ(notes_.written_by(bob_, {}, 10)->size(), 1u);
}

class NoteTemplatesTest : public DeskTest {};

TEST_F(NoteTemplatesTest, OneIsTheDefaultAndNamesAreUnique) {
  const auto first = templates_.create(main_, {.name = "A", .is_default = true});
  const auto second = templates_.create(main_, {.name = "B", .channels = {two_, one_}, .is_default = true});
  ASSERT_TRUE(first && second);
  const auto list = *templates_.list(main_);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_FALSE(list[0].content.is_default);
  EXPECT_TRUE(list[1].content.is_default);
  EXPECT_THAT(list[1].content.channels, ElementsAre(one_, two_));
  EXPECT_EQ(templates_.create(main_, {.name = "A"}).error().code(), Code::conflict);
  EXPECT_EQ(templates_.create(main_, {.name = "C", .channels = {foreign_}}).error().code(), Code::not_found);
  EXPECT_EQ(templates_.list(main_)->size(), 2u) << "what failed left nothing";
  EXPECT_EQ(templates_.get(other_, first->id).error().code(), Code::not_found);
}

TEST_F(NoteTemplatesTest, AnEditTellsWhoCameLate) {
  const auto made = templates_.create(main_, {.name = "A", .fields = {{.key = "a", .label = "A"}}});
  const auto edited = templates_.update(main_, made->id, {.name = "B"}, made->version);
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->version, 2);
  EXPECT_THAT(edited->content.fields, IsEmpty());
  EXPECT_EQ(templates_.update(main_, made->id, {.name = "C"}, 1).error().kind(), "stale");
  EXPECT_EQ(templates_.remove(main_, made->id, 1).error().kind(), "stale");
  ASSERT_TRUE(templates_.remove(main_, made->id, 2));
  EXPECT_EQ(templates_.get(main_, made->id).error().code(), Code::not_found);
  EXPECT_TRUE(templates_.get_ever(main_, made->id)) << "notes typed before are still of it";
  EXPECT_TRUE(templates_.create(main_, {.name = "B"})) << "its name is free again";
}

}  // namespace
}  // namespace longtake::desk
