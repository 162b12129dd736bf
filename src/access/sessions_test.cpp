#include "access/access_fixture.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

TEST_F(AccessTest, SignsInWithTheRightPasswordOnly) {
  ASSERT_TRUE(add("Ann@Example.org", Role::superadmin).ok());
  const auto wrong = sign_in("ann@example.org", "incorrect horse");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code(), Code::forbidden);
  const auto unknown = sign_in("bob@example.org", password);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().text(), wrong.error().text());

  const auto in = sign_in("ANN@example.org", password);
  ASSERT_TRUE(in.ok()) << in.error().story();
  EXPECT_EQ(in->identity.role, Role::superadmin);
  EXPECT_EQ(in->identity.organization_slug, "main");
  EXPECT_EQ((*sessions_->find(in->token))->email, "ann@example.org");
  EXPECT_FALSE(sessions_->find(in->token + "x")->has_value());

  ASSERT_TRUE(sessions_->sign_out(in->token).ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
}

TEST_F(AccessTest, SessionsEndByIdleTimeAndLongestTime) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto in = sign_in("ann@example.org", password);
  for (int day = 0; day < 89; ++day) {
    clock_.pass(24h);
    ASSERT_TRUE(sessions_->find(in->token)->has_value()) << day;
  }
  clock_.pass(25h);
  EXPECT_FALSE(sessions_->find(in->token)->has_value());

  const auto idle = sign_in("ann@example.org", password);
  clock_.pass(24h * 14 + 1s);
  EXPECT_FALSE(sessions_->find(idle->token)->has_value());
}

TEST_F(AccessTest, NewPasswordAndNewRoleEndSessions) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  auto in = sign_in("ann@example.org", password);
  ASSERT_TRUE(people_->set_password("ann@example.org", "another password").ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
  EXPECT_FALSE(sign_in("ann@example.org", password).ok());
  in = sign_in("ann@example.org", "another password");
  ASSERT_TRUE(in.ok());
  ASSERT_TRUE(people_->set_role("ann@example.org", Role::manager).ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
  EXPECT_EQ(sign_in("ann@example.org", "another password")->identity.role, Role::manager);
}

TEST_F(AccessTest, TriesAreThrottledAndForgiven) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(sign_in("ann@example.org", "wrong wrong").error().code(), Code::forbidden);
  const auto throttled = sign_in("ann@example.org", password);
  ASSERT_FALSE(throttled.ok());
  EXPECT_EQ(throttled.error().code(), Code::full);
  clock_.pass(2s);
  EXPECT_TRUE(sign_in("ann@example.org", password).ok());
  EXPECT_TRUE(sign_in("ann@example.org", password).ok());
}

}  // namespace
}  // namespace longtake::access
