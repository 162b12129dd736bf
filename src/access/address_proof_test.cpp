#include "access/address_proof.h"

#include "access/access_fixture.h"
#include "access/audit.h"
#include "access/invitations.h"
#include "access/password_resets.h"
#include "access/provider_link.h"
#include "access/totp.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

/// Mallory leads an organization and invites the address of somebody else.
class AddressProofTest : public AccessTest {
 protected:
  AddressProofTest() : invitations_(*database_, clock_), resets_(*database_, clock_) {
    EXPECT_TRUE(add("mallory@example.org", Role::manager).ok());
    mallory_ = people_->list_users({.search = "mallory"})->front().id;
    main_ = organizations_->get_by_slug("main")->id;
  }

  /// Follows the link to an account with all that opens one.
  UserId make_account(bool mailed) {
    const auto made = invitations_.create({main_, "boss@example.org", Role::editor, mallory_, mailed});
    EXPECT_TRUE(made.ok());
    const auto who = invitations_.accept_as_new(made->token, {"", password, "192.0.2.1"});
    EXPECT_TRUE(who.ok());
    session_ = sessions_->open(*who, {.remote = "192.0.2.1", .agent = "test"})->token;
    token_ = *tokens_->add("boss@example.org", "mine");
    return who->user;
  }
  Result<ProviderLink> come_with_provider(const std::string& subject = "4711") {
    const Vouched vouched{"https://id.example",
                          {.subject = subject, .email = "Boss@example.org", .email_verified = true},
                          "192.0.2.9"};
    return database_->write([&](Session& session) { return find_or_link(session, vouched, clock_.now()); });
  }
  bool opens_with_password() { return prove("boss@example.org", password).ok(); }
  bool session_lives() { return sessions_->find(session_)->has_value(); }
  bool token_lives() { return tokens_->find(token_)->has_value(); }
  std::size_t times_recorded() {
    return Audit{*database_, clock_}.list({.action = "person.prove_address"}, {}, 10)->size();
  }

  Invitations invitations_;
  PasswordResets resets_;
  UserId mallory_;
  OrganizationId main_;
  std::string session_, token_;
};

TEST_F(AddressProofTest, WhoeverMadeAnAccountByAHandedLinkLosesItToWhoReadsItsAddress) {
  const auto boss = make_account(false);
  EXPECT_FALSE(people_->get(boss)->address_proven);
  EXPECT_TRUE(opens_with_password() && session_lives() && token_lives());
  const auto link = come_with_provider();
  ASSERT_TRUE(link.ok()) << link.error().story();
  EXPECT_EQ(link->user, boss);
  EXPECT_TRUE(link->claimed);
  EXPECT_FALSE(opens_with_password());
  EXPECT_FALSE(session_lives());
  EXPECT_FALSE(token_lives());
  EXPECT_TRUE(people_->get(boss)->address_proven);
  EXPECT_EQ(*memberships_->find_role(main_, boss), Role::editor) << "what others gave the address stays";
  EXPECT_EQ(times_recorded(), 1u);
  EXPECT_FALSE(come_with_provider()->claimed);
  EXPECT_EQ(times_recorded(), 1u);
}

TEST_F(AddressProofTest, ASignInUnderWayDoesNotOutliveTheClaim) {
  make_account(false);
  const auto proven = *prove("boss@example.org", password);
  ASSERT_TRUE(come_with_provider().ok());
  EXPECT_EQ(sessions_->open(proven, {.remote = "192.0.2.1", .agent = "test"}).error().kind(),
            "bad-credentials");
}

TEST_F(AddressProofTest, AMailedLinkProvesTheAddress) {
  const auto boss = make_account(true);
  EXPECT_TRUE(people_->get(boss)->address_proven);
  EXPECT_FALSE(come_with_provider()->claimed);
  EXPECT_TRUE(opens_with_password() && session_lives() && token_lives());
}

TEST_F(AddressProofTest, ALinkThatCouldNotBeMailedProvesNothing) {
  const auto made = *invitations_.create({main_, "boss@example.org", Role::editor, mallory_, true});
  ASSERT_TRUE(invitations_.hand_over(main_, made.invitation.id).ok());
  EXPECT_EQ(invitations_.hand_over(OrganizationId{99}, made.invitation.id).error().code(), Code::not_found);
  const auto who = *invitations_.accept_as_new(made.token, {"", password, "192.0.2.1"});
  EXPECT_FALSE(people_->get(who.user)->address_proven);
}

TEST_F(AddressProofTest, AMailedInvitationProvesTheAddressOfWhoHasAnAccount) {
  const auto boss = make_account(false);
  const auto club =
      organizations_->create({.slug = "club", .name = "Club", .kind = OrganizationKind::club})->id;
  const auto made = *invitations_.create({club, "boss@example.org", Role::owner, mallory_, true});
  ASSERT_TRUE(people_->edit(mallory_, {.superadmin = true}).ok());
  ASSERT_TRUE(invitations_.accept(made.token, {*prove("boss@example.org", password), "192.0.2.1"}).ok());
  EXPECT_TRUE(people_->get(boss)->address_proven);
  EXPECT_TRUE(opens_with_password() && session_lives()) << "they hold both";
}

TEST_F(AddressProofTest, TheFirstLetterForANewPasswordEndsTheSecondFactorToo) {
  const auto boss = make_account(false);
  const auto turn_factor_on = [&] {
    return database_
        ->write([&](Session& session) -> Status {
          LT_CHECK(session.execute("update users set second_factor_confirmed = 1 where id = ?", boss));
          return {};
        })
        .ok();
  };
  ASSERT_TRUE(turn_factor_on());
  const std::string second = "four unlikely garden chairs";
  ASSERT_TRUE(resets_.finish({(*resets_.begin("boss@example.org"))->token, second, "192.0.2.9"}).ok());
  EXPECT_TRUE(prove("boss@example.org", second).ok()) << "no code is asked for";
  EXPECT_FALSE(token_lives());
  EXPECT_EQ(times_recorded(), 1u);

  ASSERT_TRUE(turn_factor_on());
  ASSERT_TRUE(resets_.finish({(*resets_.begin("boss@example.org"))->token, password, "192.0.2.9"}).ok());
  EXPECT_EQ(prove("boss@example.org", password).error().kind(), "second-factor")
      << "a letter alone does not open an account that is in the right hands";
  EXPECT_EQ(times_recorded(), 1u);
}

TEST_F(AddressProofTest, TheCommandLineVouchesForAnAddress) {
  ASSERT_TRUE(add("boss@example.org", Role::editor).ok());
  EXPECT_FALSE(come_with_provider()->claimed);
  EXPECT_TRUE(opens_with_password());
}

TEST_F(AddressProofTest, AnotherAccountOfTheProviderIsSomebodyElse) {
  make_account(true);
  ASSERT_TRUE(come_with_provider("4711").ok());
  EXPECT_EQ(come_with_provider("4712").error().kind(), "provider-unknown");
}

}  // namespace
}  // namespace longtake::access
