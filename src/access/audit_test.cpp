#include "access/audit.h"

#include <gmock/gmock.h>

#include "access/access_fixture.h"
#include "access/viewings.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

class AuditTest : public AccessTest {
 protected:
  /// One entry of organization 1 or another, each a second after the one before.
  void record(const std::string& action, Deed deed = {}) {
    deed.action = action;
    if (!deed.organization) deed.organization = OrganizationId{1};
    clock_.pass(1s);
    ASSERT_TRUE(audit_.record(deed));
  }
  /// What nobody may do: SQL past the triggers.
  void tamper(std::string_view sql) {
    ASSERT_TRUE(database_->write([&](Session& session) -> Status {
      LT_CHECK(session.execute("drop trigger audit_keeps"));
      LT_CHECK(session.execute("drop trigger audit_forgets_nothing"));
      LT_CHECK(session.execute(sql));
      return {};
    }));
  }
  std::vector<std::string> actions(const AuditFilter& filter, AuditId before = {}, std::size_t limit = 100) {
    std::vector<std::string> out;
    const auto page = audit_.list(filter, before, limit);
    EXPECT_TRUE(page.ok());
    if (page)
      for (const auto& entry : *page)
        out.push_back(entry.deed.action);
    return out;
  }

  Audit audit_{*database_, clock_};
};

TEST_F(AuditTest, KeepsWhatWasRecorded) {
  ASSERT_TRUE(add("ana@desk.test", Role::manager));
  record("channel.edit", {.actor = UserId{1},
                          .kind = ActorKind::token,
                          .thing = "channel",
                          .thing_id = "7",
                          .remote = "192.0.2.1",
                          .before = R"({"name":"One"})",
                          .after = R"({"name":"Two"})"});
  const auto page = audit_.list({}, {}, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 1u);
  const auto& entry = page->front();
  EXPECT_EQ(entry.at, clock_.now());
  EXPECT_EQ(entry.actor_name, "ana@desk.test");
  EXPECT_EQ(entry.deed.kind, ActorKind::token);
  EXPECT_EQ(entry.deed.thing, "channel");
  EXPECT_EQ(entry.deed.thing_id, "7");
  EXPECT_EQ(entry.deed.remote, "192.0.2.1");
  EXPECT_EQ(entry.deed.before, R"({"name":"One"})");
  EXPECT_EQ(entry.deed.after, R"({"name":"Two"})");
}

TEST_F(AuditTest, RowsCannotBeChangedOrTakenOut) {
  record("channel.edit");
  for (const auto* sql : {"update audit set action = 'x'", "delete from audit"}) {
    const auto done = database_->write([&](Session& session) -> Status {
      LT_CHECK(session.execute(sql));
      return {};
    });
    EXPECT_FALSE(done.ok()) << sql;
  }
  EXPECT_THAT(actions({}), testing::ElementsAre("channel.edit"));
}

TEST_F(AuditTest, FiltersAndPages) {
  record("channel.create", {.actor = UserId{1}, .thing = "channel", .thing_id = "7"});
  const auto second = clock_.now() + 1s;
  record("channel.edit", {.actor = UserId{2}, .thing = "channel", .thing_id = "7"});
  record("channelling.edit", {.thing_id = "8"});
  record("share.create", {.organization = OrganizationId{2}, .actor = UserId{2}});
  using testing::ElementsAre;
  EXPECT_THAT(actions({}), ElementsAre("share.create", "channelling.edit", "channel.edit", "channel.create"));
  EXPECT_THAT(actions({.organization = OrganizationId{2}}), ElementsAre("share.create"));
  EXPECT_THAT(actions({.actor = UserId{2}}), ElementsAre("share.create", "channel.edit"));
  EXPECT_THAT(actions({.action = "channel."}), ElementsAre("channel.edit", "channel.create"));
  EXPECT_THAT(actions({.action = "channel.edit"}), ElementsAre("channel.edit"));
  EXPECT_THAT(actions({.action = "channel"}), ElementsAre());
  EXPECT_THAT(actions({.thing_id = "7"}), ElementsAre("channel.edit", "channel.create"));
  EXPECT_THAT(actions({.from = second, .to = second + 1s}), ElementsAre("channel.edit"));
  EXPECT_THAT(actions({}, {}, 3), ElementsAre("share.create", "channelling.edit", "channel.edit"));
  EXPECT_THAT(actions({}, AuditId{2}, 3), ElementsAre("channel.create"));
  const auto forward = audit_.list_forward({.actor = UserId{2}}, AuditId{2}, 10);
  ASSERT_TRUE(forward.ok());
  ASSERT_EQ(forward->size(), 1u);
  EXPECT_EQ(forward->front().deed.action, "share.create");
}

TEST_F(AuditTest, VerifiesAWholeChain) {
  auto found = audit_.verify();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->entries, 0);
  EXPECT_FALSE(found->broken_at);
  for (int i = 0; i < 20; ++i)
    record("channel.edit");
  found = audit_.verify();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->entries, 20);
  EXPECT_FALSE(found->broken_at);
  EXPECT_EQ(found->head.id, AuditId{20});
  const auto head = found->head;
  record("channel.edit");
  EXPECT_FALSE(audit_.verify(head)->broken_at) << "a noted entry stays";
}

struct Tampering {
  const char* sql;
  std::int64_t noticed_at;
};
class AuditTampered : public AuditTest, public ::testing::WithParamInterface<Tampering> {};
INSTANTIATE_TEST_SUITE_P(
    Each, AuditTampered,
    ::testing::Values(Tampering{"update audit set action = 'nothing' where id = 3", 3},
                      Tampering{"update audit set at_us = at_us + 1 where id = 4", 4},
                      Tampering{"update audit set actor_id = 9 where id = 1", 1},
                      // Moves a letter over the border of two fields.
                      Tampering{"update audit set thing = 'thingx', thing_id = '' where id = 2", 2},
                      Tampering{"update audit set hash = replace(hash, 'a', 'b') || '' where id = 5", 5},
                      Tampering{"delete from audit where id = 3", 3},
                      Tampering{"delete from audit where id = 1", 1},
                      Tampering{"delete from audit where id = 6", 6},
                      Tampering{"update audit set id = 100 where id = 6", 6}));

TEST_P(AuditTampered, IsNoticed) {
  for (int i = 0; i < 6; ++i)
    record("channel.edit", {.thing = "thing", .thing_id = "x"});
  ASSERT_FALSE(audit_.verify()->broken_at);
  tamper(GetParam().sql);
  EXPECT_EQ(audit_.verify()->broken_at, AuditId{GetParam().noticed_at}) << GetParam().sql;
}

TEST_F(AuditTest, ANotedEntryShowsAChainMadeAnew) {
  for (int i = 0; i < 3; ++i)
    record("channel.edit");
  auto head = audit_.verify()->head;
  EXPECT_FALSE(audit_.verify(head)->broken_at);
  head.hash.front() = head.hash.front() == '0' ? '1' : '0';
  EXPECT_EQ(audit_.verify(head)->broken_at, AuditId{3});
  EXPECT_EQ(audit_.verify(AuditHead{AuditId{9}, head.hash})->broken_at, AuditId{4}) << "cut off";
}

TEST_F(AuditTest, AnEntryGoesWithTheWriteItIsPartOf) {
  const auto failed = database_->write([&](Session& session) -> Status {
    LT_CHECK(Audit::append(session, clock_.now(), {.action = "channel.edit"}));
    return make_error(Code::conflict, "no");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_THAT(actions({}), testing::ElementsAre());
  record("channel.edit");
  EXPECT_FALSE(audit_.verify()->broken_at) << "a write that was taken back leaves no hole";
}

class PendingDeedTest : public AuditTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add("ana@desk.test", Role::manager));
    ana_ = people_->list_users({})->front();
  }
  Result<Tokens::Made> make_token(const std::string& name) {
    return tokens_->add({.owner = ana_.id,
                         .organization = ana_.memberships.front().organization,
                         .name = name,
                         .scopes = {Permission::watch}});
  }
  /// From now on the audit takes no entry.
  void fill() {
    ASSERT_TRUE(database_->write([](Session& session) -> Status {
      LT_CHECK(session.execute(
          "create trigger audit_full before insert on audit begin select raise(abort, 'full'); end"));
      return {};
    }));
  }
  User ana_;
};

TEST_F(PendingDeedTest, IsRecordedByTheWriteThatDoesIt) {
  std::string seen;
  {
    PendingDeed deed{audit_, [&]() -> Result<std::vector<Deed>> {
                       LT_TRY(const auto id, audit_.newest_id("token"));
                       seen = tokens_->list(ana_.id)->front().name;
                       return std::vector{Deed{
                           .actor = ana_.id, .action = "token.create", .thing = "token", .thing_id = id}};
                     }};
    EXPECT_FALSE(memberships_->remove(OrganizationId{9}, ana_.id).ok()) << "does nothing, records nothing";
    const auto made = make_token("first");
    ASSERT_TRUE(made.ok()) << made.error().story();
    ASSERT_TRUE(make_token("second").ok());
    EXPECT_EQ(audit_.list({}, {}, 1)->front().deed.thing_id, to_string(made->entry.id));
  }
  EXPECT_EQ(seen, "first") << "the deed is described as the write leaves things";
  EXPECT_THAT(actions({}), testing::ElementsAre("token.create"));
  EXPECT_FALSE(audit_.verify()->broken_at);
}

TEST_F(PendingDeedTest, WithoutItsEntryNothingIsDone) {
  const auto made = make_token("kept");
  ASSERT_TRUE(made.ok());
  fill();
  {
    PendingDeed deed{audit_, {.actor = ana_.id, .action = "token.revoke"}};
    EXPECT_FALSE(tokens_->revoke(ana_.id, made->entry.id).ok());
  }
  EXPECT_EQ(tokens_->list(ana_.id)->size(), 1u);
  EXPECT_THAT(actions({}), testing::ElementsAre());
}

TEST_F(PendingDeedTest, NobodySignsInUnrecorded) {
  ASSERT_TRUE(sign_in("ana@desk.test", password).ok());
  EXPECT_THAT(actions({}), testing::ElementsAre("session.sign_in"));
  fill();
  EXPECT_FALSE(sign_in("ana@desk.test", password).ok());
  EXPECT_EQ(sessions_->list(ana_.id)->size(), 1u);
}

TEST_F(AuditTest, AViewingThatWasNotRecordedIsRecordedNextTime) {
  Viewings viewings{audit_, clock_};
  const Deed deed{.actor = UserId{1}, .kind = ActorKind::user, .action = "footage.view", .thing = "channel"};
  EXPECT_TRUE(viewings.begin(deed, "x"));
  EXPECT_FALSE(viewings.begin(deed, "x"));
  viewings.forget(deed, "x");
  EXPECT_TRUE(viewings.begin(deed, "x"));
}

TEST_F(AuditTest, AViewingIsOneEntryAQuarterHour) {
  Viewings viewings{audit_, clock_};
  Deed deed{.actor = UserId{1},
            .kind = ActorKind::user,
            .action = "footage.view",
            .thing = "channel",
            .thing_id = "7"};
  EXPECT_TRUE(viewings.begin(deed, ""));
  deed.remote = "192.0.2.9";
  EXPECT_FALSE(viewings.begin(deed, "")) << "the same person from elsewhere";
  EXPECT_TRUE(viewings.begin(deed, "from 1 to 2"));
  EXPECT_FALSE(viewings.begin(deed, "from 1 to 2"));
  auto other = deed;
  other.thing_id = "8";
  EXPECT_TRUE(viewings.begin(other, ""));
  other.kind = ActorKind::share;
  EXPECT_TRUE(viewings.begin(other, ""));
  other.remote = "192.0.2.10";
  EXPECT_TRUE(viewings.begin(other, "")) << "who has no account is told apart by address";
  clock_.pass(15min);
  EXPECT_TRUE(viewings.begin(deed, ""));
  EXPECT_FALSE(viewings.begin(deed, ""));
}

TEST_F(AuditTest, AViewingHasBegunUntilTheQuarterHourEnds) {
  Viewings viewings{audit_, clock_};
  const Deed deed{.actor = UserId{1}, .kind = ActorKind::user, .action = "footage.view", .thing = "channel"};
  EXPECT_FALSE(viewings.has_begun(deed));
  EXPECT_TRUE(viewings.begin(deed, ""));
  EXPECT_TRUE(viewings.has_begun(deed));
  clock_.pass(15min);
  EXPECT_FALSE(viewings.has_begun(deed));
}

TEST_F(AuditTest, AViewingIsNotRecordedAgainAfterARestart) {
  Deed deed{.actor = UserId{1},
            .kind = ActorKind::user,
            .action = "footage.view",
            .thing = "channel",
            .thing_id = "7"};
  ASSERT_TRUE(audit_.record(deed));
  Viewings viewings{audit_, clock_};
  EXPECT_FALSE(viewings.begin(deed, ""));
  clock_.pass(15min);
  EXPECT_TRUE(viewings.begin(deed, ""));
}

}  // namespace
}  // namespace longtake::access
