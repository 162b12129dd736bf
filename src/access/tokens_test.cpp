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

}  // namespace
}  // namespace longtake::access
