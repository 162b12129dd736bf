// Clips are listed and found again by their words.
#include "desk/clips_fixture.h"
#include "storage/sql/migrations.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

class ClipSearchTest : public ClipsTest {};

TEST_F(ClipSearchTest, ListsByChannelTagAuthorPeriodAndPage) {
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

TEST_F(ClipSearchTest, FoundByWordsOfTitleAndTags) {
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

TEST_F(ClipSearchTest, FoundByTheNameItsAuthorHasNow) {
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

TEST_F(ClipSearchTest, ThoseOfOlderDatabasesAreFoundByTheirAuthorToo) {
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

TEST_F(ClipSearchTest, SearchedPagesAreFullHoweverManyThePeriodLeavesOut) {
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

}  // namespace
}  // namespace longtake::desk
