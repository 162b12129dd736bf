#include "access/access_fixture.h"

namespace longtake::access {
namespace {

TEST_F(AccessTest, TokensIdentifyTheirPerson) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto token = tokens_->add("ann@example.org", "script");
  ASSERT_TRUE(token.ok());
  EXPECT_EQ((*tokens_->find(*token))->email, "ann@example.org");
  EXPECT_FALSE(tokens_->find("x" + *token)->has_value());
  EXPECT_EQ(tokens_->add("bob@example.org", "script").error().code(), Code::not_found);
}

TEST_F(AccessTest, TokensCarryScopesOfWhatTheirOwnerMay) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  ASSERT_TRUE(add("ann@example.org", Role::manager).ok());
  const auto ann = people_->list_users({.search = "ann"})->front();
  const auto made = tokens_->add({.owner = ann.id,
                                  .organization = ann.memberships.front().organization,
                                  .name = "wall",
                                  .scopes = {Permission::watch, Permission::edit_channels},
                                  .expires = clock_.now() + std::chrono::hours{24}});
  ASSERT_TRUE(made.ok());
  auto identity = *tokens_->find(made->secret);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->token, made->entry.id);
  EXPECT_TRUE(identity->may(Permission::be_known));
  EXPECT_TRUE(identity->may(Permission::edit_channels));
  EXPECT_FALSE(identity->may(Permission::manage_members)) << "the owner may, the token does not carry it";
  ASSERT_TRUE(people_->set_role("ann@example.org", Role::editor, "main").ok());
  identity = *tokens_->find(made->secret);
  EXPECT_TRUE(identity->may(Permission::watch));
  EXPECT_FALSE(identity->may(Permission::edit_channels)) << "what the owner may no longer do";
  clock_.pass(std::chrono::hours{25});
  EXPECT_FALSE(tokens_->find(made->secret)->has_value());
}

TEST_F(AccessTest, TokensAreListedAndRevokedByTheirOwner) {
  ASSERT_TRUE(add("ann@example.org", Role::manager).ok());
  ASSERT_TRUE(add("bob@example.org", Role::editor).ok());
  const auto ann = people_->list_users({.search = "ann"})->front();
  const auto bob = people_->list_users({.search = "bob"})->front();
  const auto made = *tokens_->add({.owner = ann.id,
                                   .organization = ann.memberships.front().organization,
                                   .name = "a",
                                   .scopes = {Permission::watch}});
  ASSERT_TRUE(tokens_->add("bob@example.org", "b").ok());
  ASSERT_EQ(tokens_->list(ann.id)->size(), 1u);
  EXPECT_FALSE(tokens_->list(ann.id)->front().last_used);
  ASSERT_TRUE(tokens_->find(made.secret)->has_value());
  EXPECT_TRUE(tokens_->list(ann.id)->front().last_used);
  EXPECT_EQ(tokens_->list({})->size(), 2u);
  EXPECT_EQ(tokens_->revoke(bob.id, made.entry.id).error().code(), Code::not_found);
  ASSERT_TRUE(tokens_->revoke(ann.id, made.entry.id).ok());
  EXPECT_FALSE(tokens_->find(made.secret)->has_value());
}

TEST_F(AccessTest, ATokenStaysInItsOrganization) {
  ASSERT_TRUE(add("ann@example.org", Role::manager).ok());
  const auto desk = organizations_->create({.slug = "desk", .name = "Desk"})->id;
  const auto ann = people_->list_users({.search = "ann"})->front();
  ASSERT_TRUE(memberships_->set(desk, ann.id, Role::editor).ok());
  const auto made =
      *tokens_->add({.owner = ann.id, .organization = desk, .name = "a", .scopes = {Permission::watch}});
  EXPECT_EQ((*tokens_->find(made.secret))->organization, desk);
  ASSERT_TRUE(memberships_->remove(desk, ann.id).ok());
  EXPECT_FALSE(tokens_->find(made.secret)->has_value());
}

TEST_F(AccessTest, APersonHasSoManyTokensAndNoMore) {
  ASSERT_TRUE(add("ann@example.org", Role::manager).ok());
  const auto ann = people_->list_users({.search = "ann"})->front();
  const NewToken brief{.owner = ann.id,
                       .organization = ann.memberships.front().organization,
                       .name = "brief",
                       .scopes = {Permission::watch},
                       .expires = clock_.now() + std::chrono::hours{1}};
  for (std::int64_t i = 0; i < Tokens::most; ++i)
    ASSERT_TRUE(tokens_->add(brief).ok());
  const auto refused = tokens_->add("ann@example.org", "one more");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  ASSERT_TRUE(add("bob@example.org", Role::manager).ok());
  EXPECT_TRUE(tokens_->add("bob@example.org", "another person's").ok());
  clock_.pass(std::chrono::hours{2});
  EXPECT_TRUE(tokens_->add("ann@example.org", "one more").ok()) << "those that are over do not count";
}

TEST_F(AccessTest, ATokenOfASuperadminWithoutAnOrganizationActsInTheFirst) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  const auto root = people_->list_users({.search = "root"})->front();
  const auto main = root.memberships.front().organization;
  const auto token = tokens_->add("root@example.org", "script");
  ASSERT_TRUE(token.ok());
  ASSERT_TRUE(memberships_->remove(main, root.id).ok());
  const auto identity = tokens_->find(*token);
  ASSERT_TRUE(identity.ok() && identity->has_value());
  EXPECT_EQ((*identity)->organization, main);
  EXPECT_TRUE((*identity)->may(Permission::manage_site));
}

TEST_F(AccessTest, WhoCannotBeToldToHaveBeenSeenIsLetIn) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto token = tokens_->add("ann@example.org", "script");
  const auto in = sign_in("ann@example.org", password);
  ASSERT_TRUE(token.ok() && in.ok());
  ASSERT_TRUE(
      database_
          ->write([](storage::sql::Session& session) -> Status {
            for (const auto* table : {"user_sessions", "api_tokens"})
              LT_CHECK(session.execute(fmt::format(
                  "create trigger full_{0} before update on {0} begin select raise(abort, 'full'); end",
                  table)));
            return {};
          })
          .ok());
  clock_.pass(std::chrono::minutes{2});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(tokens_->find(*token).ok());
    EXPECT_TRUE(sessions_->find(in->token).ok());
  }
}

TEST(Scopes, AreTextInRows) {
  EXPECT_EQ(format_scopes({Permission::share, Permission::watch}), "watch share");
  EXPECT_EQ(parse_scopes("watch share"), (Permissions{Permission::share, Permission::watch}));
  EXPECT_EQ(format_scopes(permissions_of(Role::superadmin)), "all");
  EXPECT_TRUE(parse_scopes("all").contains(Permission::manage_site));
  EXPECT_EQ(parse_scopes("fly"), Permissions{});
}

}  // namespace
}  // namespace longtake::access
