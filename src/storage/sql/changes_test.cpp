#include "storage/sql/changes.h"

#include <thread>

#include "storage/sql/database_fixture_test.h"

namespace longtake::storage::sql {
namespace {

class ChangesTest : public DatabaseTest {
 protected:
  ChangesTest() {
    expect_ok(run("create table t (id integer primary key, n integer unique)"));
    expect_ok(run("create table u (id integer primary key, t integer references t (id) on delete cascade)"));
    expect_ok(run("insert into t (id, n) values (1, 1), (2, 2)"));
    expect_ok(run("insert into u (id, t) values (1, 1)"));
  }
  Status run(const std::string& sql) { return run_in(*database_, sql); }
  static Status run_in(Database& database, const std::string& sql) {
    return database.write([&](Session& session) -> Status {
      LT_CHECK(session.execute(sql));
      return {};
    });
  }
  static void expect_ok(const Status& status) { EXPECT_TRUE(status.ok()) << status.error().story(); }

  std::unique_ptr<Database> database_ = open();
};

TEST_F(ChangesTest, TheNumberStandsWhileNobodyWrites) {
  const auto watch = database_->watch({"t"});
  const auto before = watch.version();
  EXPECT_EQ(watch.version(), before);
}

TEST_F(ChangesTest, ACommitToTheTableChangesItAndOneToAnotherDoesNot) {
  const auto t = database_->watch({"t"}), u = database_->watch({"u"}), both = database_->watch({"t", "u"});
  const auto of_t = t.version(), of_u = u.version(), of_both = both.version();
  expect_ok(run("update t set n = 5 where id = 1"));
  EXPECT_NE(t.version(), of_t);
  EXPECT_EQ(u.version(), of_u);
  EXPECT_NE(both.version(), of_both);
}

TEST_F(ChangesTest, WhatIsRolledBackChangesNothing) {
  const auto watch = database_->watch({"t"});
  const auto before = watch.version();
  const auto failed = database_->write([](Session& session) -> Status {
    LT_CHECK(session.execute("update t set n = 6 where id = 1"));
    return make_error(Code::conflict, "not this time");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(watch.version(), before);
  expect_ok(run("insert into u (id) values (9)"));
  EXPECT_EQ(watch.version(), before) << "what was rolled back before is not told of later";
}

TEST_F(ChangesTest, RowsThatGoWithOthersAreToldOf) {
  const auto watch = database_->watch({"u"});
  const auto before = watch.version();
  expect_ok(run("delete from t where id = 1"));
  EXPECT_NE(watch.version(), before);
}

TEST_F(ChangesTest, ATableThatIsEmptiedWholeIsToldOf) {
  const auto watch = database_->watch({"u"});
  const auto before = watch.version();
  expect_ok(run("delete from u"));
  EXPECT_NE(watch.version(), before);
}

TEST_F(ChangesTest, RowsThatGiveWayAreToldOf) {
  const auto watch = database_->watch({"t"});
  const auto before = watch.version();
  expect_ok(run("insert or replace into t (id, n) values (3, 2)"));
  EXPECT_NE(watch.version(), before);
}

TEST_F(ChangesTest, AnotherProcessIsSeenAtTheNextLook) {
  const auto other = open();
  const auto watch = database_->watch({"t"});
  const auto before = watch.version();
  expect_ok(run_in(*other, "update t set n = 7 where id = 1"));
  EXPECT_NE(watch.version(), before);
}

TEST_F(ChangesTest, AnotherProcessIsSeenBehindOurOwnCommits) {
  const auto other = open();
  const auto watch = database_->watch({"t"});
  const auto before = watch.version();
  expect_ok(run_in(*other, "update t set n = 7 where id = 1"));
  expect_ok(run("insert into u (id) values (7)"));
  EXPECT_NE(watch.version(), before);
}

TEST_F(ChangesTest, WhoRemembersWhileOthersWriteNeverKeepsWhatIsOld) {
  const auto other = open();
  const auto watch = database_->watch({"t"});
  const auto read = [&] {
    auto found = database_->read([](Session& session) {
      return session.find("select n from t where id = 1", [](std::int64_t n) { return n; });
    });
    EXPECT_TRUE(found.ok());
    return **found;
  };
  std::atomic<std::int64_t> written{0};
  std::thread writer{[&] {
    for (std::int64_t n = 100; n < 160; ++n) {
      expect_ok(run_in(n % 2 == 0 ? *database_ : *other,
                       "update t set n = " + std::to_string(n) + " where id = 1"));
      written = n;
    }
  }};
  std::uint64_t version = 0;
  std::int64_t known = 0;
  for (std::int64_t must = 0; must < 159;) {
    must = written;
    if (const auto now = watch.version(); now != version) {
      version = now;
      known = read();
    }
    EXPECT_GE(known, must);
  }
  writer.join();
}

}  // namespace
}  // namespace longtake::storage::sql
