#include "storage/sql/database_fixture_test.h"

#include <thread>

namespace longtake::storage::sql {
namespace {

using ::testing::ElementsAre;

class RiderTest : public DatabaseTest {
 protected:
  RiderTest() : database_(open()) { EXPECT_TRUE(make_table(*database_).ok()); }

  Status add(const char* text) {
    return database_->write([&](Session& s) -> Status {
      LT_CHECK(s.execute("insert into t (s) values (?)", text));
      return {};
    });
  }
  /// What `t` holds, as everybody sees it.
  std::vector<std::string> texts() const {
    const auto rows = database_->read([](Session& s) {
      return s.query("select s from t order by s", [](std::string text) { return text; });
    });
    return rows.ok() ? *rows : std::vector<std::string>{rows.error().story()};
  }
  static Status ride(Session& s) {
    LT_CHECK(s.execute("insert into t (s) values ('rider')"));
    return {};
  }

  std::unique_ptr<Database> database_;
};

TEST_F(RiderTest, GoesAlongWithTheNextWriteAndNoOther) {
  Rider rider{*database_, ride};
  EXPECT_FALSE(rider.carried());
  ASSERT_TRUE(add("a").ok());
  EXPECT_TRUE(rider.carried());
  ASSERT_TRUE(add("b").ok());
  EXPECT_THAT(texts(), ElementsAre("a", "b", "rider"));
}

TEST_F(RiderTest, LetsWhatIsWrittenApartPass) {
  Rider rider{*database_, ride};
  const auto apart = database_->write_apart([](Session& s) -> Status {
    LT_CHECK(s.execute("insert into t (s) values ('apart')"));
    return {};
  });
  ASSERT_TRUE(apart.ok());
  EXPECT_FALSE(rider.carried());
  EXPECT_THAT(texts(), ElementsAre("apart"));
  ASSERT_TRUE(add("a").ok());
  EXPECT_TRUE(rider.carried());
}

TEST_F(RiderTest, TakesTheWriteBackWithItself) {
  Rider rider{*database_, [](Session& s) -> Status {
                LT_CHECK(ride(s));
                return make_error(Code::full, "no room");
              }};
  const auto refused = add("a");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().text(), "no room");
  EXPECT_FALSE(rider.carried());
  EXPECT_THAT(texts(), ElementsAre());
}

TEST_F(RiderTest, WaitsWhenTheWriteFails) {
  ASSERT_TRUE(add("a").ok());
  Rider rider{*database_, ride};
  EXPECT_EQ(add("a").error().code(), Code::conflict);
  database_->guard_commits([]() -> Status { return make_error(Code::unavailable, "fenced"); });
  EXPECT_EQ(add("b").error().code(), Code::unavailable);
  database_->guard_commits({});
  EXPECT_FALSE(rider.carried());
  EXPECT_THAT(texts(), ElementsAre("a"));
  ASSERT_TRUE(add("c").ok());
  EXPECT_THAT(texts(), ElementsAre("a", "c", "rider"));
}

TEST_F(RiderTest, IsOfItsThreadAndItsTime) {
  {
    Rider rider{*database_, ride};
    std::thread{[&] { EXPECT_TRUE(add("other").ok()); }}.join();
    EXPECT_FALSE(rider.carried());
  }
  ASSERT_TRUE(add("later").ok());
  EXPECT_THAT(texts(), ElementsAre("later", "other"));
}

TEST_F(RiderTest, ReadsWhatItsWriteHasDone) {
  std::vector<std::string> seen;
  Rider rider{*database_, [&](Session&) -> Status {
                seen = texts();
                return {};
              }};
  ASSERT_TRUE(database_
                  ->write([&](Session& s) -> Status {
                    LT_CHECK(s.execute("insert into t (s) values ('a')"));
                    std::thread{[&] { EXPECT_THAT(texts(), ElementsAre()) << "another thread's"; }}.join();
                    return {};
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre("a"));
  ASSERT_TRUE(add("b").ok());
  EXPECT_THAT(texts(), ElementsAre("a", "b")) << "the write's session was left as it was";
}

}  // namespace
}  // namespace longtake::storage::sql
