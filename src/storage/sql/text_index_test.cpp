#include "storage/sql/text_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "storage/sql/database.h"

namespace longtake::storage::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TextIndexTest : public ::testing::Test {
 protected:
  TextIndexTest()
      : folder_(std::filesystem::temp_directory_path() / fmt::format("longtake-text-{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
    database_ = std::move(*Database::open({.path = (folder_ / "test.db").string()}, clock_));
  }
  ~TextIndexTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void put(std::int64_t place, std::vector<std::string> marks, std::string words) {
    const auto done = database_->write([&](Session& session) {
      return index_.put(session, {.place = place, .marks = std::move(marks), .words = std::move(words)});
    });
    ASSERT_TRUE(done) << done.error().story();
  }
  std::vector<std::int64_t> find(const TextIndex::Question& question) {
    auto found = database_->read([&](Session& session) { return index_.find(session, question); });
    EXPECT_TRUE(found) << found.error().story();
    return found ? *found : std::vector<std::int64_t>{};
  }
  std::vector<std::int64_t> words(const std::string& text) { return find({.marks = {"o1"}, .text = text}); }

  SystemClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
  TextIndex index_{"notes_text"};
};

TEST_F(TextIndexTest, FindsNewestFirstAndInPages) {
  for (const int place : {10, 30, 20, 40})
    put(place, {"o1"}, "same words");
  EXPECT_THAT(words("words"), ElementsAre(40, 30, 20, 10));
  EXPECT_THAT(find({.marks = {"o1"}, .text = "words", .limit = 2}), ElementsAre(40, 30));
  EXPECT_THAT(find({.marks = {"o1"}, .text = "words", .before = 30}), ElementsAre(20, 10));
  EXPECT_THAT(find({.marks = {"o1"}, .from = 20, .before = 40}), ElementsAre(30, 20));
}

TEST_F(TextIndexTest, MarksAreExactAndWordsAreNot) {
  put(1, {"o1", "c1"}, "one");
  put(2, {"o1", "c11"}, "two");
  put(3, {"o2", "c1"}, "o1 c1");
  EXPECT_THAT(find({.marks = {"o1", "c1"}}), ElementsAre(1));
  EXPECT_THAT(find({.marks = {"o2"}, .text = "o1"}), ElementsAre(3));
  EXPECT_NE(text_mark("g", "a b"), text_mark("g", "ab"));
}

TEST_F(TextIndexTest, KnowsThreeLanguagesWithoutAccentsAndCase) {
  put(1, {"o1"}, "El árbitro señaló penalti");
  put(2, {"o1"}, "Ведущий ошибся в прямом эфире");
  put(3, {"o1"}, "The referee pointed to the spot");
  EXPECT_THAT(words("arbitro SENALO"), ElementsAre(1));
  EXPECT_THAT(words("ÁRBITRO"), ElementsAre(1));
  EXPECT_THAT(words("ВЕДУЩИЙ эфи"), ElementsAre(2));
  EXPECT_THAT(words("refer"), ElementsAre(3)) << "the last word is the beginning of one";
  EXPECT_THAT(words("refer spot"), IsEmpty()) << "the others are whole";
  EXPECT_THAT(words("\"the spot\""), ElementsAre(3));
  EXPECT_THAT(words("\"spot the\""), IsEmpty());
}

TEST_F(TextIndexTest, ReadsNothingAsSyntax) {
  put(1, {"o1"}, "a near b and not c or d marks");
  for (const auto* text :
       {"\"", "\"\"", "a AND", "NOT c", "NEAR(a b)", "marks:o1", "words : a", "*", "^a", "(a", "a)", "a\"b",
        "{a}", "-a", "a + b", "';drop table notes;--", "\"unclosed phrase"})
    words(text);
  EXPECT_THAT(words("near — and ! b"), ElementsAre(1)) << "signs that are no words are passed over";
  EXPECT_THAT(words("marks:o1"), IsEmpty()) << "a phrase, not a column";
}

TEST_F(TextIndexTest, DropsAndPutsAgain) {
  put(1, {"o1"}, "before");
  ASSERT_TRUE(database_->write([&](Session& session) { return index_.drop(session, 1); }));
  EXPECT_THAT(words("before"), IsEmpty());
  put(1, {"o1"}, "after");
  EXPECT_THAT(words("after"), ElementsAre(1));
}

}  // namespace
}  // namespace longtake::storage::sql
