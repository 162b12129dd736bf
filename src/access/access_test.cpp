#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "access/people.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

class FakeClock final : public Clock {
 public:
  WallTime now() const override {
    return wall_from_us(1'795'000'000'000'000) + std::chrono::duration_cast<Micros>(passed_);
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + passed_;
  }
  void pass(std::chrono::nanoseconds d) { passed_ += d; }

 private:
  std::chrono::nanoseconds passed_{std::chrono::hours{1}};
};

class AccessTest : public ::testing::Test {
 protected:
  AccessTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("longtake-access-{}-{}", ::getpid(), reinterpret_cast<std::uintptr_t>(this))) {
    std::filesystem::create_directories(folder_);
    database_ = std::move(*storage::sql::Database::open({.path = (folder_ / "test.db").string()}, clock_));
    people_ = std::make_unique<People>(*database_, clock_);
    sessions_ = std::make_unique<Sessions>(*database_, clock_);
    tokens_ = std::make_unique<Tokens>(*database_, clock_);
  }
  ~AccessTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  Status add(const std::string& email, Role role) {
    LT_CHECK(people_->add({.email = email, .role = role, .password = password}));
    return {};
  }
  Result<Sessions::SignedIn> sign_in(const std::string& email, const std::string& with) {
    return sessions_->sign_in({.email = email, .password = with, .remote = "127.0.0.1"});
  }

  static constexpr const char* password = "correct horse battery";
  std::filesystem::path folder_;
  FakeClock clock_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Tokens> tokens_;
};

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

TEST_F(AccessTest, TheLastSuperadminStays) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  const auto refused = people_->set_role("root@example.org", Role::editor);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_EQ((*people_->list())[0].role, Role::superadmin);
  ASSERT_TRUE(add("two@example.org", Role::superadmin).ok());
  EXPECT_TRUE(people_->set_role("root@example.org", Role::editor).ok());
}

TEST_F(AccessTest, RefusesBadPeople) {
  EXPECT_EQ(people_->add({.email = "nobody", .password = password}).error().code(), Code::invalid);
  EXPECT_EQ(people_->add({.email = "a@b", .password = "short"}).error().code(), Code::invalid);
  EXPECT_EQ(people_->add({.email = "a@b", .organization = "none", .password = password}).error().code(),
            Code::not_found);
  ASSERT_TRUE(add("a@b", Role::editor).ok());
  EXPECT_EQ(add("A@B", Role::editor).error().code(), Code::conflict);
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

TEST_F(AccessTest, TokensIdentifyTheirPerson) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto token = tokens_->add("ann@example.org", "script");
  ASSERT_TRUE(token.ok());
  EXPECT_EQ((*tokens_->find(*token))->email, "ann@example.org");
  EXPECT_FALSE(tokens_->find("x" + *token)->has_value());
  EXPECT_EQ(tokens_->add("bob@example.org", "script").error().code(), Code::not_found);
}

TEST(Throttle, WaitsTwiceAsLongEachTime) {
  FakeClock clock;
  Throttle throttle{{.free_failures = 2, .first_wait = 2s, .longest = 10s}, clock};
  throttle.failed("a");
  EXPECT_FALSE(throttle.wait("a"));
  throttle.failed("a");
  EXPECT_EQ(throttle.wait("a"), 2s);
  throttle.failed("a");
  EXPECT_EQ(throttle.wait("a"), 4s);
  for (int i = 0; i < 40; ++i)
    throttle.failed("a");
  EXPECT_EQ(throttle.wait("a"), 10s);
  EXPECT_FALSE(throttle.wait("b"));
  clock.pass(2h);
  EXPECT_FALSE(throttle.wait("a"));
}

TEST(Throttle, ForgetsTheOldestKeyWhenFull) {
  FakeClock clock;
  Throttle throttle{{.free_failures = 1, .keys = 2}, clock};
  for (const char* key : {"a", "b", "c"})
    throttle.failed(key);
  EXPECT_FALSE(throttle.wait("a"));
  EXPECT_TRUE(throttle.wait("b"));
  EXPECT_TRUE(throttle.wait("c"));
}

TEST(Tries, CountPerAccountAndPerAddress) {
  FakeClock clock;
  Tries tries{{.per_account = 2, .per_address = 3}, clock};
  EXPECT_FALSE(tries.begin({"ann", "10.0.0.1"}));
  EXPECT_FALSE(tries.begin({"ann", "10.0.0.2"}));
  EXPECT_EQ(tries.begin({"ann", "10.0.0.3"}), 2s);  // the account waits, from wherever
  EXPECT_FALSE(tries.begin({"bob", "10.0.0.1"}));
  EXPECT_FALSE(tries.begin({"eve", "10.0.0.1"}));
  EXPECT_EQ(tries.begin({"joe", "10.0.0.1"}), 2s);  // and the address, for whomever
  clock.pass(3s);
  EXPECT_FALSE(tries.begin({"ann", "10.0.0.9"}));
  tries.succeeded({"ann", "10.0.0.9"});
  EXPECT_FALSE(tries.wait({"ann", "10.0.0.9"}));
}

TEST(Tries, ATryThatProvedNothingIsTakenBackAndSuccessForgivesNoAddress) {
  FakeClock clock;
  Tries tries{{.per_account = 2, .per_address = 3}, clock};
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(tries.begin({"ann", "10.0.0.1"}));
    tries.take_back({"ann", "10.0.0.1"});
  }
  for (const char* victim : {"bob", "joe", "eve"}) {
    EXPECT_FALSE(tries.begin({victim, "10.0.0.1"}));
    if (victim == std::string{"eve"}) break;
    EXPECT_FALSE(tries.begin({"own", "10.0.0.1"}));
    tries.succeeded({"own", "10.0.0.1"});
  }
  EXPECT_EQ(tries.begin({"own", "10.0.0.1"}), 2s);
}

TEST(Permissions, EditingChannelsIsForManagers) {
  EXPECT_TRUE(may(Role::superadmin, Permission::edit_channels));
  EXPECT_TRUE(may(Role::manager, Permission::edit_channels));
  EXPECT_FALSE(may(Role::editor, Permission::edit_channels));
  EXPECT_TRUE(may(Role::editor, Permission::watch));
  EXPECT_FALSE(may(Role::reader, Permission::watch));
}

}  // namespace
}  // namespace longtake::access
