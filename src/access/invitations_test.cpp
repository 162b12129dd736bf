#include "access/invitations.h"

#include "access/access_fixture.h"

namespace longtake::access {
namespace {

class InvitationsTest : public AccessTest {
 protected:
  InvitationsTest() : invitations_(*database_, clock_) {
    EXPECT_TRUE(add("root@example.org", Role::superadmin).ok());
    root_ = people_->list_users({.search = "root"})->front().id;
    main_ = organizations_->get_by_slug("main")->id;
  }
  Result<Invitations::Made> invite(const std::string& email, Role role = Role::editor) {
    return invitations_.create({main_, email, role, root_}, sent);
  }
  Invitations invitations_;
  UserId root_;
  OrganizationId main_;
};

TEST_F(InvitationsTest, SomebodyNewAcceptsOnce) {
  const auto made = invite("New@Example.org");
  ASSERT_TRUE(made.ok()) << made.error().story();
  EXPECT_EQ(invitations_.list(main_)->front().email, "new@example.org");
  const auto open = invitations_.get(made->token);
  EXPECT_EQ(open->organization_name, "Main");
  EXPECT_FALSE(open->known);
  EXPECT_EQ(invitations_.accept_as_new(made->token, {"", "short", "192.0.2.1"}).error().code(),
            Code::invalid);
  const auto user = invitations_.accept_as_new(made->token, {"", password, "192.0.2.1"});
  ASSERT_TRUE(user.ok()) << user.error().story();
  EXPECT_EQ(people_->get(user->user)->name, "new");
  EXPECT_EQ(sign_in("new@example.org", password)->identity.role, Role::editor);
  EXPECT_EQ(invitations_.accept_as_new(made->token, {"", password, "192.0.2.1"}).error().code(),
            Code::not_found);
  EXPECT_TRUE(invitations_.list(main_)->empty());
  EXPECT_EQ(invite("new@example.org").error().code(), Code::conflict);
}

TEST_F(InvitationsTest, SomebodyKnownAcceptsAsThemselvesOnly) {
  const auto club =
      organizations_->create({.slug = "club", .name = "Club", .kind = OrganizationKind::club})->id;
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto ann = people_->list_users({.search = "ann"})->front().id;
  const auto made = invitations_.create({club, "ann@example.org", Role::owner, root_}, sent);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(invitations_.get(made->token)->known);
  EXPECT_EQ(invitations_.accept_as_new(made->token, {"", password, "192.0.2.1"}).error().code(),
            Code::conflict);
  EXPECT_EQ(invitations_.accept(made->token, {{root_, ""}, "192.0.2.1"}).error().code(), Code::forbidden);
  ASSERT_TRUE(invitations_.accept(made->token, {{ann, ""}, "192.0.2.1"}).ok());
  EXPECT_EQ(*memberships_->find_role(club, ann), Role::owner);
}

TEST_F(InvitationsTest, AreNotAcceptedWithAPasswordThatWasReplaced) {
  const auto club =
      organizations_->create({.slug = "club", .name = "Club", .kind = OrganizationKind::club})->id;
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto made = *invitations_.create({club, "ann@example.org", Role::owner, root_}, sent);
  const auto proven = prove("ann@example.org", password);
  ASSERT_TRUE(proven.ok());
  ASSERT_TRUE(people_->set_password("ann@example.org", "set by the command line").ok());
  EXPECT_EQ(invitations_.accept(made.token, {*proven, "192.0.2.1"}).error().kind(), "bad-credentials");
  EXPECT_FALSE(memberships_->find_role(club, proven->user)->has_value());
  EXPECT_TRUE(invitations_.accept(made.token, {{proven->user, ""}, "192.0.2.1"}).ok());
}

TEST_F(InvitationsTest, ChangeNobodyWhoWasGivenARoleMeanwhile) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto ann = people_->list_users({.search = "ann"})->front().id;
  ASSERT_TRUE(memberships_->remove(main_, ann).ok());
  const auto before = *invite("ann@example.org", Role::manager);
  ASSERT_TRUE(memberships_->set(main_, ann, Role::reader).ok());
  EXPECT_EQ(invitations_.accept(before.token, {{ann, ""}, "192.0.2.1"}).error().code(), Code::not_found);
  EXPECT_EQ(memberships_->find_role(main_, ann)->value(), Role::reader);
  ASSERT_TRUE(memberships_->remove(main_, ann).ok());
  const auto again = *invite("ann@example.org", Role::manager);
  ASSERT_TRUE(memberships_->set(main_, ann, Role::reader).ok());
  ASSERT_TRUE(memberships_->remove(main_, ann).ok());
  EXPECT_EQ(invitations_.accept(again.token, {{ann, ""}, "192.0.2.1"}).error().code(), Code::not_found);
  EXPECT_FALSE(memberships_->find_role(main_, ann)->has_value());
}

TEST_F(InvitationsTest, EndWithTheRightOfTheirMakerToInvite) {
  ASSERT_TRUE(add("mallory@example.org", Role::manager).ok());
  const auto mallory = people_->list_users({.search = "mallory"})->front().id;
  const auto made = *invitations_.create({main_, "new@example.org", Role::editor, mallory}, sent);
  const auto back = *invitations_.create({main_, "self@example.org", Role::manager, mallory}, sent);
  ASSERT_TRUE(invitations_.get(made.token).ok());
  ASSERT_TRUE(memberships_->set(main_, mallory, Role::editor).ok());
  EXPECT_EQ(invitations_.get(made.token).error().code(), Code::not_found) << "demoted";
  EXPECT_EQ(invitations_.accept_as_new(made.token, {"", password, "192.0.2.1"}).error().code(),
            Code::not_found);
  ASSERT_TRUE(memberships_->remove(main_, mallory).ok());
  EXPECT_EQ(invitations_.get(back.token).error().code(), Code::not_found) << "removed";
  ASSERT_TRUE(memberships_->set(main_, mallory, Role::manager).ok());
  EXPECT_TRUE(invitations_.get(made.token).ok());
  ASSERT_TRUE(people_->edit(mallory, {.disabled = true}).ok());
  EXPECT_EQ(invitations_.get(made.token).error().code(), Code::not_found) << "disabled";
}

TEST_F(InvitationsTest, OfARemovedManagerDoNotLetThemBackIn) {
  ASSERT_TRUE(add("mallory@example.org", Role::manager).ok());
  const auto mallory = people_->list_users({.search = "mallory"})->front().id;
  ASSERT_TRUE(memberships_->remove(main_, mallory).ok());
  // Made before, as a race with their removal leaves it.
  const auto made = *invitations_.create({main_, "mallory@example.org", Role::manager, mallory}, sent);
  EXPECT_EQ(invitations_.accept(made.token, {{mallory, ""}, "192.0.2.1"}).error().code(), Code::not_found);
  EXPECT_FALSE(memberships_->find_role(main_, mallory)->has_value());
}

TEST_F(InvitationsTest, SoManyAreOpenAndNoMore) {
  for (std::int64_t i = 0; i < Invitations::most_open; ++i)
    ASSERT_TRUE(invite(fmt::format("p{}@example.org", i)).ok());
  EXPECT_EQ(invite("more@example.org").error().code(), Code::conflict);
  EXPECT_TRUE(invite("p7@example.org").ok()) << "takes the place of the one before";
  ASSERT_TRUE(invitations_.revoke(main_, invitations_.list(main_)->front().id).ok());
  EXPECT_TRUE(invite("more@example.org").ok());
  clock_.pass(Invitations::life + std::chrono::seconds{1});
  EXPECT_TRUE(invite("later@example.org").ok()) << "those that are over do not count";
  const auto kept = database_->read([](storage::sql::Session& session) {
    return session.find("select count(*) from invitations", [](std::int64_t n) { return n; });
  });
  EXPECT_EQ(**kept, Invitations::most_open + 1) << "those that are over are kept as long as is said";
}

TEST_F(InvitationsTest, EndByTimeByHandAndByAnother) {
  const auto first = *invite("a@example.org");
  const auto second = *invite("a@example.org", Role::reader);
  EXPECT_EQ(invitations_.get(first.token).error().code(), Code::not_found);
  EXPECT_EQ(invitations_.list(main_)->size(), 1u);
  EXPECT_EQ(invitations_.revoke(OrganizationId{99}, second.invitation.id).error().code(), Code::not_found);
  ASSERT_TRUE(invitations_.revoke(main_, second.invitation.id).ok());
  EXPECT_EQ(invitations_.get(second.token).error().code(), Code::not_found);
  const auto third = *invite("a@example.org");
  clock_.pass(Invitations::life + std::chrono::seconds{1});
  EXPECT_EQ(invitations_.accept_as_new(third.token, {"", password, "192.0.2.1"}).error().code(),
            Code::not_found);
  EXPECT_TRUE(invitations_.list(main_)->empty());
  EXPECT_EQ(invite("a@example.org", Role::player).error().code(), Code::invalid);
  EXPECT_EQ(invite("nobody").error().code(), Code::invalid);
}

}  // namespace
}  // namespace longtake::access
