#include "storage/sql/remembered.h"

#include "storage/sql/database_fixture_test.h"

namespace longtake::storage::sql {
namespace {

class RememberedTest : public DatabaseTest {
 protected:
  RememberedTest() { EXPECT_TRUE(make_table(*database_).ok()); }
  void write() {
    EXPECT_TRUE(database_
                    ->write([](Session& session) -> Status {
                      LT_CHECK(session.execute("insert into t (n) values (1)"));
                      return {};
                    })
                    .ok());
  }
  std::unique_ptr<Database> database_ = open();
  Remembered<int, std::string> remembered_{*database_, {"t"}, 2};
};

TEST_F(RememberedTest, GivesWhatWasKeptUntilTheTableChanges) {
  EXPECT_EQ(remembered_.find(1), std::nullopt);
  remembered_.keep(remembered_.version(), 1, "one");
  EXPECT_EQ(remembered_.find(1), "one");
  EXPECT_EQ(remembered_.find(2), std::nullopt);
  write();
  EXPECT_EQ(remembered_.find(1), std::nullopt);
}

TEST_F(RememberedTest, WhatWasReadBeforeAChangeIsNotKeptAfterIt) {
  const auto before = remembered_.version();
  write();
  EXPECT_EQ(remembered_.find(1), std::nullopt);
  remembered_.keep(before, 1, "old");
  EXPECT_EQ(remembered_.find(1), std::nullopt);
}

TEST_F(RememberedTest, WhatWasReadBeforeAnUnseenChangeIsNotGivenEither) {
  const auto before = remembered_.version();
  write();
  remembered_.keep(before, 1, "old");
  EXPECT_EQ(remembered_.find(1), std::nullopt);
}

TEST_F(RememberedTest, WhoDoesNotLookSeesOurWritesAndOthersUpToTheLastLook) {
  const auto other = open();
  remembered_.keep(remembered_.version(), 1, "one");
  EXPECT_TRUE(other
                  ->write([](Session& session) -> Status {
                    LT_CHECK(session.execute("insert into t (n) values (1)"));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(remembered_.find_also(1), "one");
  EXPECT_EQ(remembered_.find(2), std::nullopt);
  EXPECT_EQ(remembered_.find_also(1), std::nullopt);
  remembered_.keep(remembered_.version(), 1, "two");
  write();
  EXPECT_EQ(remembered_.find_also(1), std::nullopt);
}

TEST_F(RememberedTest, StartsAnewWhenFull) {
  const auto version = remembered_.version();
  remembered_.keep(version, 1, "one");
  remembered_.keep(version, 2, "two");
  remembered_.keep(version, 3, "three");
  EXPECT_EQ(remembered_.find(1), std::nullopt);
  EXPECT_EQ(remembered_.find(3), "three");
}

}  // namespace
}  // namespace longtake::storage::sql
