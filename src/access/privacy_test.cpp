#include "access/privacy.h"

#include "access/access_fixture.h"
#include "access/audit.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

class PrivacyTest : public AccessTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add("root@desk.test", Role::superadmin));
    ASSERT_TRUE(add("ana@desk.test", Role::manager));
  }
  void run(std::string_view sql) {
    ASSERT_TRUE(database_->write([&](Session& session) -> Status {
      LT_CHECK(session.execute(sql));
      return {};
    })) << sql;
  }
  std::int64_t count(std::string_view sql) {
    const auto found = database_->read(
        [&](Session& session) { return session.find(sql, [](std::int64_t n) { return n; }); });
    return found && *found ? **found : -1;
  }

  Privacy privacy_{*database_, clock_};
};

TEST_F(PrivacyTest, AnErasedPersonLeavesNothingButANumber) {
  Audit audit{*database_, clock_};
  ASSERT_TRUE(audit.record({.actor = UserId{2}, .kind = ActorKind::user, .action = "channel.edit"}));
  run("insert into invitations (organization_id, email, role, token_hash, created_by, created_us, "
      "expires_us) "
      "values (1, 'new@desk.test', 'editor', 'a', 2, 0, 0), (1, 'ana@desk.test', 'editor', 'b', 1, 0, 0)");
  run("insert into openid_identities values ('https://id.test', 'ana', 2, 0)");
  run("insert into recovery_codes values (2, 'x')");
  run("insert into password_resets values ('y', 2, 0)");
  run("insert into api_tokens (user_id, name, token_hash, created_us) values (2, 'n', 'z', 0)");
  run("update users set second_factor_sealed = 'v1:s', second_factor_confirmed = 1 where id = 2");
  const auto records = privacy_.records(UserId{2});
  ASSERT_TRUE(records.ok()) << records.error().story();
  EXPECT_EQ(records->sent.size(), 1u);
  EXPECT_EQ(records->received.size(), 1u);
  EXPECT_EQ(records->providers.size(), 1u);

  ASSERT_TRUE(privacy_.erase(UserId{2}));
  for (const auto* table :
       {"openid_identities", "recovery_codes", "password_resets", "api_tokens", "invitations"})
    EXPECT_EQ(count(fmt::format("select count(*) from {}", table)), 0) << table;
  EXPECT_EQ(count("select count(*) from memberships where user_id = 2"), 0);
  EXPECT_EQ(count("select count(*) from users where id = 2 and name = '' and password_hash = '' and "
                  "second_factor_sealed is null and email = 'erased-2@erased.invalid'"),
            1);
  const auto entries = audit.list({}, {}, 10);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->front().deed.actor, UserId{2}) << "what was done stays";
  EXPECT_EQ(entries->front().actor_name, "");
  EXPECT_FALSE(audit.verify()->broken_at);
  EXPECT_EQ(privacy_.erase(UserId{2}).error().code(), Code::not_found);
  EXPECT_EQ(privacy_.erase(UserId{99}).error().code(), Code::not_found);
  EXPECT_TRUE(add("ana@desk.test", Role::editor)) << "the address is free again";
}

TEST_F(PrivacyTest, TheLastSuperadminStaysWhole) {
  EXPECT_EQ(privacy_.erase(UserId{1}).error().code(), Code::conflict);
  EXPECT_EQ(count("select count(*) from memberships where user_id = 1"), 1);
  ASSERT_TRUE(add("second@desk.test", Role::superadmin));
  EXPECT_TRUE(privacy_.erase(UserId{1}));
}

TEST_F(PrivacyTest, WhatHasEndedGoesWhenItsTimeIsOver) {
  const auto now = to_us(clock_.now());
  const auto at = [&](std::chrono::hours ago) { return now - ago / std::chrono::microseconds{1}; };
  run(fmt::format(
      "insert into signing_keys (id, secret_sealed, created_us) values (1, 'a', {}), (2, 'b', {}), "
      "(3, 'c', {})",
      at(40 * 24h), at(32 * 24h), at(1h)));
  run(fmt::format("insert into password_resets values ('y', 1, {}), ('z', 1, {})", at(1h), at(-1h)));
  run(
      fmt::format("insert into api_tokens (user_id, name, token_hash, created_us, expires_us) values "
                  "(1, 'n', '1', 0, null), (1, 'n', '2', 0, {}), (1, 'n', '3', 0, {})",
                  at(89 * 24h), at(91 * 24h)));
  const auto removed = privacy_.expire();
  ASSERT_TRUE(removed.ok()) << removed.error().story();
  EXPECT_EQ(*removed, 3);
  EXPECT_EQ(count("select min(id) from signing_keys"), 2) << "what it signed may be open";
  EXPECT_EQ(count("select count(*) from password_resets"), 1);
  EXPECT_EQ(count("select count(*) from api_tokens"), 2);
  EXPECT_EQ(*privacy_.expire(), 0);
}

}  // namespace
}  // namespace longtake::access
