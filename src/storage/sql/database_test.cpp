#include "storage/sql/database_fixture_test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "storage/sql/migrations.h"

namespace longtake::storage::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Item {
  std::int64_t id;
  std::optional<std::int64_t> n;
  double x;
  std::string s;
  bool operator==(const Item&) const = default;
};
constexpr auto to_item = [](std::int64_t id, std::optional<std::int64_t> n, double x, std::string s) {
  return Item{id, n, x, std::move(s)};
};

TEST_F(DatabaseTest, CarriesEveryTypeWhole) {
  auto database = open();
  ASSERT_TRUE(make_table(*database).ok());
  const std::string text = "quote ' colon :a question ? emoji \xF0\x9F\x8E\xAC";
  auto id = database->write([&](Session& s) {
    return s.insert("insert into t (n, x, s) values (?, ?, ?) returning id", std::int64_t{5'000'000'000}, 0.1,
                    text);
  });
  ASSERT_TRUE(id.ok()) << id.error().story();
  auto second = database->write([&](Session& s) {
    return s.insert("insert into t (n, x, s) values (?, ?, ?) returning id", std::optional<std::int64_t>{},
                    -1e300, "b");
  });
  ASSERT_TRUE(second.ok());
  const auto rows =
      database->read([](Session& s) { return s.query("select id, n, x, s from t order by id", to_item); });
  ASSERT_TRUE(rows.ok()) << rows.error().story();
  EXPECT_THAT(*rows,
              ElementsAre(Item{*id, 5'000'000'000, 0.1, text}, Item{*second, std::nullopt, -1e300, "b"}));
  const auto sum = database->read([](Session& s) {
    return s.find("select sum(n), count(*), max(n) + 1 from t",
                  [](std::int64_t a, std::int64_t b, std::int64_t c) {
                    return std::array{a, b, c};
                  });
  });
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(**sum, (std::array<std::int64_t, 3>{5'000'000'000, 2, 5'000'000'001}));
}

TEST_F(DatabaseTest, ReusesAStatementWithOtherArguments) {
  auto database = open();
  ASSERT_TRUE(make_table(*database).ok());
  auto done = database->write([](Session& s) -> Status {
    for (int i = 0; i < 100; ++i) {
      LT_TRY(const auto changed,
             s.execute("insert into t (n, s) values (?, ?)",
                       i % 2 ? std::optional<std::int64_t>{i} : std::nullopt, std::to_string(i)));
      EXPECT_EQ(changed, 1);
    }
    for (int i = 0; i < 100; ++i) {
      LT_TRY(const auto found, s.find(
                                   "select n from t where s = ?",
                                   [](std::optional<std::int64_t> n) { return n; }, std::to_string(i)));
      EXPECT_TRUE(found.has_value());
      EXPECT_EQ(*found, i % 2 ? std::optional<std::int64_t>{i} : std::nullopt);
    }
    return {};
  });
  EXPECT_TRUE(done.ok()) << done.error().story();
}

TEST_F(DatabaseTest, ConstraintsAreConflictsAndLeaveTheSessionUsable) {
  auto database = open();
  ASSERT_TRUE(make_table(*database).ok());
  const auto insert = [&](const char* text, std::optional<std::int64_t> parent) {
    return database->write(
        [&](Session& s) { return s.execute("insert into t (s, p) values (?, ?)", text, parent); });
  };
  ASSERT_TRUE(insert("a", {}).ok());
  const auto again = insert("a", {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::conflict);
  EXPECT_THAT(again.error().text(), HasSubstr("t.s"));
  const auto orphan = insert("b", 77);
  ASSERT_FALSE(orphan.ok());
  EXPECT_EQ(orphan.error().code(), Code::conflict);
  EXPECT_TRUE(insert("c", 1).ok());
}

TEST_F(DatabaseTest, RefusesNul) {
  auto database = open();
  const auto result = database->write([](Session& s) {
    return s.execute("insert into settings (key, value) values (?, ?)", std::string{"a\0b", 3}, "x");
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::invalid);
}

TEST_F(DatabaseTest, RollsBackWhatFails) {
  auto database = open();
  const auto result = database->write([](Session& s) -> Status {
    LT_CHECK(s.execute("insert into settings (key, value) values ('a', 'b')"));
    return make_error(Code::invalid, "changed my mind");
  });
  EXPECT_EQ(result.error().text(), "changed my mind");
  const auto count = database->read(
      [](Session& s) { return s.find("select count(*) from settings", [](std::int64_t n) { return n; }); });
  EXPECT_EQ(**count, 0);
}

TEST_F(DatabaseTest, ReadersSeeWhatWasCommittedAndDoNotWait) {
  auto database = open();
  const auto count = [&] {
    return **database->read(
        [](Session& s) { return s.find("select count(*) from settings", [](std::int64_t n) { return n; }); });
  };
  auto done = database->write([&](Session& s) -> Status {
    LT_CHECK(s.execute("insert into settings (key, value) values ('a', 'b')"));
    std::thread{[&] { EXPECT_EQ(count(), 0); }}.join();
    EXPECT_EQ(count(), 1) << "the write itself";
    return {};
  });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, ReadersCannotWrite) {
  auto database = open();
  const auto result = database->read(
      [](Session& s) { return s.execute("insert into settings (key, value) values ('a', 'b')"); });
  EXPECT_FALSE(result.ok());
}

TEST_F(DatabaseTest, AnotherProcessMakesUsBusyNotBroken) {
  auto database = open();
  auto other = open();
  auto nested = database->write([&](Session&) -> Status {
    const auto blocked = other->write([](Session&) -> Status { return {}; });
    EXPECT_FALSE(blocked.ok());
    if (!blocked.ok()) {
      EXPECT_EQ(blocked.error().code(), Code::unavailable);
    }
    return {};
  });
  ASSERT_TRUE(nested.ok());
  EXPECT_TRUE(other->write([](Session&) -> Status { return {}; }).ok());
}

TEST_F(DatabaseTest, WritersOfOneProcessTakeTurns) {
  auto options = this->options();
  options.busy_timeout = std::chrono::seconds{60};
  auto database = *Database::open(options, clock_);
  ASSERT_TRUE(database
                  ->write([](Session& s) -> Status {
                    LT_CHECK(s.execute("insert into settings (key, value) values ('n', '0')"));
                    return {};
                  })
                  .ok());
  const auto add = [&] {
    for (int i = 0; i < 25; ++i) {
      auto done = database->write([](Session& s) -> Status {
        LT_TRY(const auto n, s.find("select value from settings where key = 'n'",
                                    [](std::string v) { return std::stoll(v); }));
        LT_CHECK(s.execute("update settings set value = ? where key = 'n'", std::to_string(*n + 1)));
        return {};
      });
      EXPECT_TRUE(done.ok()) << done.error().story();
    }
  };
  std::thread a{add}, b{add}, c{add};
  a.join(), b.join(), c.join();
  const auto n = database->read([](Session& s) {
    return s.find("select value from settings where key = 'n'", [](std::string v) { return v; });
  });
  EXPECT_EQ(**n, "75");
}

TEST_F(DatabaseTest, AGuardedCommitRollsBack) {
  auto database = open();
  bool alive = false;
  database->guard_commits([&]() -> Status {
    if (alive) return {};
    return make_error(Code::unavailable, "fenced off");
  });
  const auto insert = [&] {
    return database->write(
        [](Session& s) { return s.execute("insert into settings (key, value) values ('a', 'b')"); });
  };
  EXPECT_EQ(insert().error().text(), "fenced off");
  alive = true;
  EXPECT_TRUE(insert().ok());
}

TEST_F(DatabaseTest, IsPrivateToItsOwner) {
  auto database = open();
  struct stat status {};
  ASSERT_EQ(::stat(options().path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(DatabaseTest, RefusesWhatIsNoDatabase) {
  ::FILE* file = ::fopen(options().path.c_str(), "w");
  for (int i = 0; i < 1000; ++i)
    ::fputs("not a database ", file);
  ::fclose(file);
  const auto database = Database::open(options(), clock_);
  ASSERT_FALSE(database.ok());
  EXPECT_THAT(database.error().story(), HasSubstr("not a database"));
}

TEST_F(DatabaseTest, StatesThatANewerProgramMadeIt) {
  {
    auto database = open();
    ASSERT_TRUE(database
                    ->write([](Session& s) {
                      return s.execute(
                          "insert into schema_migrations (version, name, checksum, applied_us) "
                          "values (999, 'far future', '', 0)");
                    })
                    .ok());
  }
  const auto database = Database::open(options(), clock_);
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.error().code(), Code::conflict);
  EXPECT_THAT(database.error().text(), HasSubstr("newer version"));
}

TEST_F(DatabaseTest, AppliesAStepOnceAndAllOrNothing) {
  auto database = open();
  std::vector<Migration> steps{migrations().begin(), migrations().end()};
  const auto next = steps.back().version + 1;
  steps.push_back({next, "two tables", "create table a (x text);\ncreate table a (x text);\n"});
  const auto apply = [&] {
    return database->write([&](Session& s) { return Migrator::apply(s, steps, clock_.now()); });
  };
  EXPECT_FALSE(apply().ok());
  steps.back().sql = "-- a comment;\ncreate table a (\n  x text default ';'\n);\ncreate table b (x text);\n";
  EXPECT_TRUE(apply().ok());
  EXPECT_TRUE(apply().ok());
  steps.back().sql = "create table c (x text);\n";
  const auto changed = apply();
  ASSERT_FALSE(changed.ok());
  EXPECT_THAT(changed.error().text(), HasSubstr("differs"));
}

TEST_F(DatabaseTest, AddressesOfOldAreProvenUnlessAHandedLinkMadeTheAccount) {
  constexpr std::array<std::string_view, 5> before = {
      "delete from schema_migrations where version = 14",
      "alter table users drop column address_proven_us",
      "alter table invitations drop column mailed",
      "insert into users (id, email, name, password_hash, created_us) values (71, 'command', '', 'x', 5), "
      "(72, 'link', '', 'x', 6), (73, 'link, then provider', '', 'x', 7), "
      "(74, 'command, then one more organization', '', 'x', 8)",
      "insert into openid_identities (issuer, subject, user_id, created_us) values ('i', 's', 73, 8)",
  };
  {
    auto database = open();
    ASSERT_TRUE(
        database
            ->write([&](Session& s) -> Status {
              for (const auto sql : before)
                LT_CHECK(s.execute(sql));
              for (const auto& [user, at] : {std::pair{72, 7}, {73, 7}, {74, 90'000'000}})
                LT_CHECK(s.execute(
                    "insert into audit (at_us, actor_id, actor_kind, action, thing, thing_id, remote, "
                    "before, after, hash) values (?, ?, 'user', 'invitation.accept', '', '', '', '', "
                    "'', '')",
                    at, user));
              return {};
            })
            .ok());
  }
  const auto proven = open()->read([](Session& s) {
    return s.query("select id from users where address_proven_us = created_us order by id",
                   [](std::int64_t id) { return id; });
  });
  EXPECT_THAT(*proven, ::testing::ElementsAre(71, 74));
}

TEST_F(DatabaseTest, AnotherProcessComesAndGoesBesideIt) {
  // Begun before SQLite is used here, whose memory of open files it would share.
  std::array<int, 2> start{};
  ASSERT_EQ(::pipe(start.data()), 0);
  const auto child = ::fork();
  if (child == 0) {
    char word = 0;
    bool done = ::read(start[0], &word, 1) == 1;
    if (auto other = Database::open(options(), clock_); done && other.ok())
      done =
          (*other)->write([](Session& s) { return s.execute("insert into t (s) values ('beside')"); }).ok();
    ::_exit(done ? 0 : 1);  // its connections are closed by then
  }
  auto database = open();
  ASSERT_TRUE(make_table(*database).ok());
  ASSERT_TRUE(
      database->write([](Session& s) { return s.execute("insert into t (s) values ('before')"); }).ok());
  const auto again = open();  // of one process, too
  ASSERT_EQ(::write(start[1], "!", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(options().path + "-wal")) << "we are still here";
  const auto rows = database->read([](Session& s) {
    return s.query("select s from t order by id", [](std::string text) { return text; });
  });
  EXPECT_THAT(*rows, ElementsAre("before", "beside"));
}

TEST_F(DatabaseTest, BeginsWithOneOrganization) {
  auto database = open();
  const auto slugs = database->read([](Session& s) {
    return s.query("select slug from organizations", [](std::string slug) { return slug; });
  });
  EXPECT_THAT(*slugs, ElementsAre("main"));
}

}  // namespace
}  // namespace longtake::storage::sql
