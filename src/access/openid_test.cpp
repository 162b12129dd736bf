#include "access/openid.h"

#include "access/access_fixture.h"

namespace longtake::access {
namespace {

TEST_F(AccessTest, SignInsWithAProviderAreBegunSoManyTimesFromOneAddress) {
  // Nobody answers there: each is begun in vain.
  OpenId openid{*database_, clock_, {{.id = "idle", .issuer = "http://127.0.0.1:9"}}, "http://127.0.0.1"};
  const auto begin = [&](const std::string& address) {
    const auto begun = openid.begin({.provider = "idle", .next = "/", .binding = {}, .address = address});
    return begun ? "begun" : begun.error().kind();
  };
  int free = 0;
  while (free < 1'000 && begin("192.0.2.1") != "too-many")
    ++free;
  EXPECT_EQ(free, 40);
  ASSERT_TRUE(openid.wait("192.0.2.1"));
  EXPECT_EQ(begin("192.0.2.2"), "source-refused") << "another address";
  clock_.pass(*openid.wait("192.0.2.1"));
  EXPECT_EQ(begin("192.0.2.1"), "source-refused");
  EXPECT_EQ(begin("192.0.2.1"), "too-many");
}

}  // namespace
}  // namespace longtake::access
