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
    const auto made = invitations_.create({main_, "boss@example.org", Role::editor, mallory_, mailed}, sent);
    EXPECT_TRUE(made.ok());
    const auto who = invitations_.accept_as_new(made->token, {"", password, "192.0.2.1"});
    EXPECT_TRUE(who.ok());
    session_ = sessions_->open(*who, {.remote = "192.0.2.1", .agent = "test"})->token;
    token_ = *tokens_->add("boss@example.org", "mine");
    return who->user;
  }
  Result<ProviderLink> come_with_provider(const std::string& subject = "4711") {
    Vouched vouched{.issuer = "https://id.example", .claims = {}, .remote = "192.0.2.9"};
    vouched.claims.subject = subject;
    vouched.claims.email.emplace("Boss@example.org");
    vouched.claims.email_verified = true;
    return database_->write([&](Session& session) { return find_or_link(session, vouched, clock_.now()); });
  }
  bool opens_with_password() { return prove("boss@example.org", password).ok(); }
  bool session_lives() { return sessions_->find(session_)->has_value(); }
  bool token_lives() { return tokens_->find(token_)->has_value(); }
  std::size_t times_recorded() {
    return Audit{*database_, clock_}.list({.action = "person.prove_address"}, {}, 10)->size();
  }

  std::int64_t count(std::string_view sql) {
    return **database_->read(
        [&](Session& session) { return session.find(sql, [](std::int64_t n) { return n; }); });
  }
  static constexpr std::string_view insert_channel =
      "insert into channels (id, organization_id, name, source_sealed, audio, rtsp_transport, "
      "segment_seconds, "
      "created_us) values (7, ?, 'One', '', 'keep', 'tcp', 900, 0)";
  static constexpr std::string_view insert_share =
      "insert into shares (organization_id, channel_id, title, from_us, to_us, token_hash, pin_hash, "
      "created_by, "
      "created_us, expires_us) values (?, 7, '', 0, 1, 'x', '', ?, 0, 9000000000000000)";

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

TEST_F(AddressProofTest, NothingThatWasMadeThereOpensItOrItsOrganizationsAfterwards) {
  const auto boss = make_account(false);
  const Proofs::Known known{.user = boss, .email = "boss@example.org", .address = "192.0.2.1"};
  const auto begun = proofs_->begin_factor(known, password);
  const auto codes =
      proofs_->confirm_factor(known, totp_code(bytes_of(begun->base32), totp_step(clock_.now())));
  ASSERT_TRUE(codes.ok()) << codes.error().story();
  const auto reset = (*resets_.begin("boss@example.org"))->token;
  ASSERT_TRUE(memberships_->set(main_, boss, Role::manager).ok());
  const auto invited = *invitations_.create({main_, "mallory2@example.org", Role::manager, boss}, sent);
  ASSERT_TRUE(invitations_.get(invited.token).ok());
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    LT_CHECK(session.execute(insert_channel, main_));
                    LT_CHECK(session.execute(insert_share, main_, boss));
                    return {};
                  })
                  .ok());
  const auto caller = (*sessions_->find(session_))->session;

  ASSERT_TRUE(come_with_provider()->claimed);
  EXPECT_FALSE(*factors_->is_on(boss));
  EXPECT_FALSE(*factors_->accept(boss, codes->front()));
  EXPECT_EQ(resets_.finish({reset, password, "192.0.2.1"}).error().code(), Code::not_found);
  EXPECT_EQ(invitations_.get(invited.token).error().code(), Code::not_found);
  EXPECT_EQ(count("select count(*) from shares where revoked_us is null"), 0);
  EXPECT_EQ(count("select count(*) from recovery_codes"), 0);
  EXPECT_EQ(tokens_->add({.owner = boss, .session = caller, .name = "late", .scopes = {}}).error().code(),
            Code::conflict)
      << "one that was asked for before";
  EXPECT_EQ(count("select count(*) from api_tokens"), 0);
}

TEST_F(AddressProofTest, AnAccountThatWasLinkedBeforeIsClaimedToo) {
  const auto boss = make_account(false);
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    LT_CHECK(session.execute(
                        "insert into openid_identities values ('https://id.example', '4711', ?, 1)", boss));
                    return {};
                  })
                  .ok());
  EXPECT_TRUE(come_with_provider()->claimed);
  EXPECT_FALSE(opens_with_password());
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
  const auto made = *invitations_.create({main_, "boss@example.org", Role::editor, mallory_, true},
                                         [](const auto&) { return false; });
  EXPECT_FALSE(made.invitation.mailed);
  const auto who = *invitations_.accept_as_new(made.token, {"", password, "192.0.2.1"});
  EXPECT_FALSE(people_->get(who.user)->address_proven);
}

TEST_F(AddressProofTest, AMailedInvitationProvesTheAddressOfWhoHasAnAccount) {
  const auto boss = make_account(false);
  const auto club =
      organizations_->create({.slug = "club", .name = "Club", .kind = OrganizationKind::club})->id;
  const auto made = *invitations_.create({club, "boss@example.org", Role::owner, mallory_, true}, sent);
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
