#include "media/ffmpeg/lookups.h"

#include <gmock/gmock.h>
#include <netdb.h>

#include <set>
#include <thread>
#include <vector>

namespace longtake::media::ffmpeg {
namespace {

/// The kinds of socket of 127.0.0.1, which is found three times; empty when it is not.
std::vector<int> look_up(int flags = 0, const char* host = "127.0.0.1") {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host, "9", &hints, &found) != 0) return {};
  std::vector<int> out;
  for (const auto* one = found; one; one = one->ai_next)
    out.push_back(one->ai_socktype);
  ::freeaddrinfo(found);
  return out;
}

/// Refuses the first, second, ... address that is asked about.
LookupGuard::MayConnect refuse(std::set<int> which) {
  return [which = std::move(which), asked = 0](const sockaddr&) mutable -> Status {
    if (which.contains(++asked)) return make_error(Code::forbidden, "address {}", asked);
    return {};
  };
}

TEST(LookupGuardTest, LeavesOutWhatIsNotAllowed) {
  const auto all = look_up();
  ASSERT_EQ(all.size(), 3u);
  const std::vector<std::pair<std::set<int>, std::vector<int>>> cases = {{{1}, {all[1], all[2]}},
                                                                         {{2}, {all[0], all[2]}},
                                                                         {{3}, {all[0], all[1]}},
                                                                         {{1, 2}, {all[2]}},
                                                                         {{}, all}};
  for (const auto& [refused, left] : cases) {
    const auto rule = refuse(refused);
    const LookupGuard guard{rule};
    EXPECT_EQ(look_up(), left);
    EXPECT_FALSE(guard.refusal());
  }
}

TEST(LookupGuardTest, SaysWhyNothingIsLeftUntilSomethingIs) {
  const auto rule = refuse({1, 2, 3});
  const LookupGuard guard{rule};
  EXPECT_TRUE(look_up().empty());
  ASSERT_TRUE(guard.refusal());
  EXPECT_EQ(guard.refusal()->text(), "address 3");
  EXPECT_EQ(look_up().size(), 3u);
  EXPECT_FALSE(guard.refusal());
}

TEST(LookupGuardTest, HoldsWhereSomethingConnectsOrListensAtANamedPlace) {
  const LookupGuard::MayConnect rule = [](const sockaddr&) -> Status {
    return make_error(Code::forbidden, "nowhere");
  };
  const LookupGuard guard{rule};
  EXPECT_TRUE(look_up(AI_PASSIVE).empty());
  EXPECT_FALSE(look_up(AI_PASSIVE, nullptr).empty());
  EXPECT_FALSE(look_up(AI_NUMERICHOST).empty()) << "only whether it is a number";
  std::thread{[] { EXPECT_EQ(look_up().size(), 3u) << "another thread"; }}.join();
  {
    const LookupGuard::MayConnect everything;
    const LookupGuard inner{everything};
    EXPECT_TRUE(look_up().empty());
  }
  EXPECT_TRUE(look_up().empty()) << "the inner one has not opened it";
}

}  // namespace
}  // namespace longtake::media::ffmpeg
