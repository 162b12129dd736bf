#include "access/identity.h"

#include <gtest/gtest.h>

namespace longtake::access {
namespace {

TEST(Permissions, EditingChannelsIsForManagers) {
  EXPECT_TRUE(may(Role::superadmin, Permission::edit_channels));
  EXPECT_TRUE(may(Role::manager, Permission::edit_channels));
  EXPECT_FALSE(may(Role::editor, Permission::edit_channels));
  EXPECT_TRUE(may(Role::editor, Permission::watch));
  EXPECT_FALSE(may(Role::reader, Permission::watch));
}

}  // namespace
}  // namespace longtake::access
