#include "access/proofs.h"

#include "access/access_fixture.h"
#include "access/totp.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

class ProofsTest : public AccessTest {
 protected:
  ProofsTest() {
    const auto person =
        people_->add({.email = "ann@example.org", .role = Role::editor, .password = password});
    EXPECT_TRUE(person.ok());
    ann_ = {.user = person->id, .email = "ann@example.org", .address = "10.0.0.1"};
  }

  /// Turns the second factor on; gives the secret.
  std::string turn_on() {
    const auto begun = proofs_->begin_factor(ann_, password);
    EXPECT_TRUE(begun.ok());
    secret_ = bytes_of(begun->base32);
    const auto codes = proofs_->confirm_factor(ann_, code());
    EXPECT_TRUE(codes.ok());
    recovery_ = *codes;
    clock_.pass(30s);
    return secret_;
  }
  std::string code() const { return totp_code(secret_, totp_step(clock_.now())); }

  std::string kind(const std::string& with, std::optional<std::string> code = {}) {
    const auto user = proofs_->prove(
        {.email = "Ann@example.org", .password = with, .code = std::move(code), .address = "10.0.0.1"});
    return user ? "" : user.error().kind();
  }

  Proofs::Known ann_;
  std::string secret_;
  std::vector<std::string> recovery_;
};

TEST_F(ProofsTest, ASecondFactorIsAskedForOnlyAfterTheRightPassword) {
  EXPECT_EQ(kind(password), "");
  turn_on();
  EXPECT_EQ(kind("wrong wrong wrong"), "bad-credentials");
  EXPECT_EQ(kind("wrong wrong wrong", code()), "bad-credentials");
  EXPECT_EQ(kind(password), "second-factor");
  EXPECT_EQ(kind(password, code()), "");
  EXPECT_EQ(kind(password, code()), "second-factor") << "no code works twice";
  clock_.pass(30s);
  EXPECT_EQ(kind(password, code()), "");
}

TEST_F(ProofsTest, ARecoveryCodeWorksOnceHoweverItIsTyped) {
  turn_on();
  ASSERT_EQ(recovery_.size(), 10U);
  auto typed = recovery_[3];
  for (auto& c : typed)
    c = c == '-' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(kind(password, typed), "");
  EXPECT_EQ(kind(password, recovery_[3]), "second-factor");
  EXPECT_EQ(kind(password, recovery_[4]), "");
  ASSERT_TRUE(factors_->end(ann_.user).ok());
  EXPECT_EQ(kind(password), "");
}

TEST_F(ProofsTest, NewRecoveryCodesReplaceThoseOfBefore) {
  EXPECT_EQ(factors_->renew_codes(ann_.user).error().code(), Code::conflict);
  turn_on();
  EXPECT_EQ(kind(password, recovery_[0]), "");
  EXPECT_EQ(factors_->state(ann_.user)->codes_left, 9);
  const auto codes = factors_->renew_codes(ann_.user);
  ASSERT_TRUE(codes.ok());
  EXPECT_EQ(factors_->state(ann_.user)->codes_left, 10);
  EXPECT_EQ(kind(password, recovery_[1]), "second-factor");
  EXPECT_EQ(kind(password, (*codes)[1]), "");
  ASSERT_TRUE(factors_->end(ann_.user).ok());
  EXPECT_FALSE(factors_->state(ann_.user)->on);
  EXPECT_EQ(factors_->state(ann_.user)->codes_left, 0);
}

TEST_F(ProofsTest, CodesAreThrottledAndAskingForOneIsNoTry) {
  turn_on();
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(kind(password), "second-factor");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(kind(password, "000000"), "second-factor");
  EXPECT_EQ(kind(password, code()), "too-many");
  EXPECT_EQ(proofs_->wait({"ANN@example.org", "10.0.0.9"}), 2s);
  clock_.pass(2s);
  EXPECT_EQ(kind(password, code()), "");
}

TEST_F(ProofsTest, AChangedPasswordEndsOtherSessionsAndReplacesTheToken) {
  const auto here = sign_in("ann@example.org", password);
  const auto there = sign_in("ann@example.org", password);
  const auto wrong = proofs_->change_password(
      ann_,
      {.present = "not this one", .password = "quite another password", .session = here->identity.session});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind(), "bad-credentials");
  const auto weak = proofs_->change_password(
      ann_, {.present = password, .password = "password123", .session = here->identity.session});
  ASSERT_FALSE(weak.ok());
  EXPECT_EQ(weak.error().code(), Code::invalid);
  EXPECT_TRUE(sessions_->find(there->token)->has_value());

  const auto token = proofs_->change_password(
      ann_, {.present = password, .password = "quite another password", .session = here->identity.session});
  ASSERT_TRUE(token.ok()) << token.error().story();
  EXPECT_TRUE(sessions_->find(*token)->has_value());
  EXPECT_FALSE(sessions_->find(here->token)->has_value());
  EXPECT_FALSE(sessions_->find(there->token)->has_value());
  EXPECT_EQ(kind(password), "bad-credentials");
  EXPECT_EQ(kind("quite another password"), "");
}

TEST_F(ProofsTest, APasswordIsNotChangedFromASessionThatHasEnded) {
  const auto here = sign_in("ann@example.org", password);
  ASSERT_TRUE(add("bob@example.org", Role::editor).ok());
  const auto bob = sign_in("bob@example.org", password);
  const auto change = [&](SessionId session) {
    return proofs_->change_password(
        ann_, {.present = password, .password = "quite another password", .session = session});
  };
  EXPECT_EQ(change(bob->identity.session).error().code(), Code::conflict) << "somebody else's";
  ASSERT_TRUE(sessions_->end_all(ann_.user).ok());
  EXPECT_EQ(change(here->identity.session).error().code(), Code::conflict);
  EXPECT_EQ(kind(password), "") << "as it was";
  EXPECT_TRUE(sessions_->find(bob->token)->has_value());
}

TEST_F(ProofsTest, AStolenSessionCannotTryPasswordsWithoutEnd) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(proofs_->prove_password(ann_, "wrong wrong wrong").error().kind(), "bad-credentials");
  const auto begun = factors_->begin(ann_.user);
  secret_ = bytes_of(begun->base32);
  EXPECT_EQ(proofs_->confirm_factor(ann_, code()).error().kind(), "too-many");
  clock_.pass(2s);
  EXPECT_EQ(proofs_->prove_password(ann_, "wrong wrong wrong").error().kind(), "bad-credentials");
  clock_.pass(4s);
  ASSERT_TRUE(proofs_->confirm_factor(ann_, code()).ok());
  EXPECT_EQ(proofs_->prove_password(ann_, password).error().kind(), "too-many") << "a code forgives nothing";
}

TEST_F(ProofsTest, ASecretForAnAppTakesThePassword) {
  EXPECT_EQ(proofs_->begin_factor(ann_, "wrong wrong wrong").error().kind(), "bad-credentials");
  EXPECT_EQ(proofs_->confirm_factor(ann_, "000000").error().code(), Code::conflict) << "nothing was begun";
  turn_on();
  EXPECT_EQ(proofs_->begin_factor(ann_, password).error().code(), Code::conflict);
}

TEST_F(ProofsTest, WithoutAPasswordNoneIsRight) {
  ASSERT_TRUE(database_
                  ->write([&](storage::sql::Session& session) -> Status {
                    LT_CHECK(session.execute("update users set password_hash = '' where id = ?", ann_.user));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(kind(""), "bad-credentials");
  EXPECT_EQ(kind(password), "bad-credentials");
}

}  // namespace
}  // namespace longtake::access
