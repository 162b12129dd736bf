#include "desk/layouts.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace longtake::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LayoutsTest : public DeskTest {
 protected:
  Status forget(ChannelId id) {
    return database_->write([&](storage::sql::Session& session) -> Status {
      LT_CHECK(session.execute("update channels set removed_us = 1 where id = ?", id));
      return {};
    });
  }

  Layouts layouts_{*database_, clock_};
  const Layouts::Owner ana_{main_, ann_}, ben_{main_, bob_};
};

TEST_F(LayoutsTest, KeepsChannelsInTheirPlaces) {
  const auto made = layouts_.create(ana_, {.name = "Evening", .grid = 4, .channels = {two_, one_}});
  ASSERT_TRUE(made.ok()) << made.error().story();
  const auto list = layouts_.list(ana_, {});
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().name, "Evening");
  EXPECT_EQ(list->front().grid, 4);
  EXPECT_THAT(list->front().channels, ElementsAre(two_, one_));
}

TEST_F(LayoutsTest, IsOfOnePersonAlone) {
  const auto made = layouts_.create(ana_, {.name = "Evening", .grid = 1, .channels = {one_}});
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(layouts_.list(ben_, {})->empty());
  EXPECT_EQ(layouts_.get(ben_, made->id).error().code(), Code::not_found);
  EXPECT_EQ(layouts_.edit(ben_, made->id, {.name = "Mine"}).error().code(), Code::not_found);
  EXPECT_EQ(layouts_.remove(ben_, made->id).error().code(), Code::not_found);
  EXPECT_TRUE(layouts_.create(ben_, {.name = "Evening", .grid = 1, .channels = {one_}}).ok());
}

TEST_F(LayoutsTest, RefusesANameTwiceAndAnEditOfSomethingElse) {
  const auto made = layouts_.create(ana_, {.name = "Evening", .grid = 1, .channels = {one_}});
  ASSERT_TRUE(made.ok());
  const auto again = layouts_.create(ana_, {.name = "Evening", .grid = 1, .channels = {}});
  EXPECT_EQ(again.error().code(), Code::conflict);
  EXPECT_THAT(again.error().text(), HasSubstr("Evening"));
  const auto edited = layouts_.edit(ana_, made->id, {.grid = 9, .expected_version = made->version});
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(edited->version, made->version + 1);
  EXPECT_EQ(edited->name, "Evening");
  EXPECT_THAT(edited->channels, ElementsAre(one_));
  const auto stale = layouts_.edit(ana_, made->id, {.name = "Night", .expected_version = made->version});
  EXPECT_EQ(stale.error().kind(), "stale");
}

TEST_F(LayoutsTest, NamesOnlyChannelsOfTheOrganizationThatAreThere) {
  const auto refused = layouts_.create(ana_, {.name = "Wrong", .grid = 1, .channels = {one_, foreign_}});
  EXPECT_EQ(refused.error().code(), Code::not_found);
  EXPECT_TRUE(layouts_.list(ana_, {})->empty()) << "nothing is half made";
  const auto made = layouts_.create(ana_, {.name = "Right", .grid = 4, .channels = {one_, two_}});
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(forget(one_).ok());
  EXPECT_THAT(layouts_.get(ana_, made->id)->channels, ElementsAre(two_));
}

TEST_F(LayoutsTest, HasAnEnd) {
  for (std::size_t i = 0; i < Layouts::most_of_one_person; ++i)
    ASSERT_TRUE(layouts_.create(ana_, {.name = fmt::format("Wall {}", i), .grid = 1, .channels = {}}).ok());
  EXPECT_EQ(layouts_.create(ana_, {.name = "One more", .grid = 1, .channels = {}}).error().code(),
            Code::conflict);
  const auto page = layouts_.list(ana_, {.limit = 30});
  ASSERT_EQ(page->size(), 30U);
  EXPECT_EQ(layouts_.list(ana_, {.after = page->back().id, .limit = 100})->size(), 70U);
}

}  // namespace
}  // namespace longtake::desk
