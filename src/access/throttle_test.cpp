#include "access/throttle.h"
#include "access/shares.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

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
  Tries tries{{.account = {.free_failures = 2}, .address = {.free_failures = 3}}, clock};
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
  Tries tries{{.account = {.free_failures = 2}, .address = {.free_failures = 3}}, clock};
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

/// PINs that somebody gets to try in 30 days who waits `rest` after each time they were told to wait.
int tries_of(std::chrono::seconds rest) {
  FakeClock clock;
  Tries tries{pin_tries, clock};
  int made = 0;
  for (auto passed = 0s; passed < 30 * 24h;) {
    const auto pause = tries.begin({"share 1", "10.0.0.1"});
    if (!pause) ++made;
    const auto wait = pause ? std::max(*pause, rest) : 0s;
    clock.pass(wait);
    passed += wait;
  }
  return made;
}

TEST(Tries, APinIsNotFoundInTheLifeOfAShare) {
  EXPECT_LT(tries_of(0s), 750);
  EXPECT_LT(tries_of(901s), 750);
  EXPECT_LT(tries_of(24h + 1s), 750);
}

}  // namespace
}  // namespace longtake::access
