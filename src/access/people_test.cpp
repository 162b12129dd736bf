#include "access/access_fixture.h"

namespace longtake::access {
namespace {

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

}  // namespace
}  // namespace longtake::access
