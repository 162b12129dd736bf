#include "desk/note_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "desk/mentions.h"

namespace longtake::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names(const std::vector<FieldProblem>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems)
    out.push_back(problem.name);
  return out;
}

const std::vector<Field> form = {
    {.key = "topic",
     .label = "Topic",
     .kind = FieldKind::choice,
     .required = true,
     .options = {{"War"}, {"Sport"}}},
    {.key = "tone", .label = "Tone", .kind = FieldKind::multi, .options = {{"calm"}, {"loud"}}},
    {.key = "marks", .label = "Marks", .kind = FieldKind::tag, .options = {{"lie", "l"}, {"goal", "g"}}},
    {.key = "who", .label = "Who", .kind = FieldKind::person},
    {.key = "count", .label = "Count", .kind = FieldKind::number},
    {.key = "when", .label = "When", .kind = FieldKind::time_range},
    {.key = "quote", .label = "Quote", .kind = FieldKind::text},
};

std::vector<std::string> troubles(std::string_view values, std::string_view before = "") {
  const auto said = boost::json::parse(values).as_object();
  const auto earlier = before.empty() ? boost::json::object{} : boost::json::parse(before).as_object();
  const auto found =
      check_values(said, {.fields = &form,
                          .before = before.empty() ? nullptr : &earlier,
                          .is_member = [](UserId id) -> Result<bool> { return id.value == 7; }});
  EXPECT_TRUE(found);
  return names(*found);
}

TEST(NoteFields, WhatIsRequiredIsNamed) {
  EXPECT_THAT(troubles("{}"), ElementsAre("fields.topic"));
  EXPECT_THAT(troubles(R"({"topic":""})"), ElementsAre("fields.topic"));
  EXPECT_THAT(troubles(R"({"topic":"War"})"), IsEmpty());
}

TEST(NoteFields, EachKindTakesItsOwn) {
  EXPECT_THAT(troubles(R"({"topic":"War","tone":["calm","loud"],"marks":["lie"],"who":"7","count":-2.5,
    "when":{"from":"2026-11-21T10:00:00Z","to":"2026-11-21T10:00:05Z"},"quote":"said"})"),
              IsEmpty());
  EXPECT_THAT(troubles(R"({"topic":"Love"})"), ElementsAre("fields.topic"));
  EXPECT_THAT(troubles(R"({"topic":"War","tone":["calm","calm"]})"), ElementsAre("fields.tone"));
  EXPECT_THAT(troubles(R"({"topic":"War","marks":"lie"})"), ElementsAre("fields.marks"));
  EXPECT_THAT(troubles(R"({"topic":"War","who":"8"})"), ElementsAre("fields.who"));
  EXPECT_THAT(troubles(R"({"topic":"War","count":"2"})"), ElementsAre("fields.count"));
  EXPECT_THAT(
      troubles(R"({"topic":"War","when":{"from":"2026-11-21T10:00:00Z","to":"2026-11-21T10:00:00Z"}})"),
      ElementsAre("fields.when"));
  EXPECT_THAT(troubles(R"({"topic":"War","quote":5})"), ElementsAre("fields.quote"));
  EXPECT_THAT(troubles(R"({"topic":"War","other":1})"), ElementsAre("fields.other"));
}

TEST(NoteFields, WhatANoteSaidBeforeTheTemplateChangedStays) {
  EXPECT_THAT(troubles(R"({"gone":1,"topic":"Love"})", R"({"gone":1,"topic":"Love"})"), IsEmpty());
  EXPECT_THAT(troubles(R"({"gone":2,"topic":"War"})", R"({"gone":1,"topic":"War"})"),
              ElementsAre("fields.gone"));
  EXPECT_THAT(troubles("{}", "{}"), IsEmpty()) << "required since";
  EXPECT_THAT(troubles("{}", R"({"topic":"War"})"), ElementsAre("fields.topic"));
}

TEST(NoteFields, ATemplateIsCheckedToo) {
  EXPECT_THAT(check_fields(form), IsEmpty());
  EXPECT_THAT(names(check_fields({{.key = "Bad key", .label = " "}})),
              ElementsAre("fields[0].key", "fields[0].label"));
  EXPECT_THAT(names(check_fields({{.key = "a", .label = "A"}, {.key = "a", .label = "B"}})),
              ElementsAre("fields[1].key"));
  EXPECT_THAT(names(check_fields({{.key = "a", .label = "A", .kind = FieldKind::choice}})),
              ElementsAre("fields[0].options"));
  EXPECT_THAT(names(check_fields(
                  {{.key = "a", .label = "A", .kind = FieldKind::tag, .options = {{"x", "k"}, {"y", "k"}}}})),
              ElementsAre("fields[0].options"));
}

TEST(NoteFields, AnOptionMayBecomeATag) {
  for (const auto* option : {" x", "x ", "x\ny", ""})
    EXPECT_THAT(names(check_fields(
                    {{.key = "a", .label = "A", .kind = FieldKind::tag, .options = {{option}, {"y"}}}})),
                ElementsAre("fields[0].options"))
        << option;
}

TEST(NoteFields, SurviveTheirRow) {
  const auto parsed = parse_fields(format_fields(form));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, form);
  EXPECT_FALSE(parse_fields("[{}]"));
}

TEST(NoteFields, GiveTagsAndWords) {
  const auto values = boost::json::parse(R"({"topic":"War","marks":["lie","goal"],"count":12})").as_object();
  EXPECT_THAT(tags_in(values, form), ElementsAre("lie", "goal"));
  EXPECT_EQ(words_in(values), "War lie goal 12 ");
}

TEST(Mentions, AreFoundByNumber) {
  EXPECT_THAT(mentions_in("<@4> saw <@12>, <@4> too"), ElementsAre(UserId{4}, UserId{12}));
  EXPECT_THAT(mentions_in("<@> <@x> <@3 <@0> <@99999999999999999999>"), IsEmpty());
  EXPECT_EQ(without_mentions("a<@4>b <@5"), "a b <@5");
}

}  // namespace
}  // namespace longtake::desk
