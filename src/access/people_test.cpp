#include "access/access_fixture.h"

namespace longtake::access {
namespace {

TEST_F(AccessTest, TheLastSuperadminStays) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  const auto refused = people_->set_role("root@example.org", Role::editor, "main");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_EQ((*people_->list())[0].role, Role::superadmin);
  ASSERT_TRUE(add("two@example.org", Role::superadmin).ok());
  EXPECT_TRUE(people_->set_role("root@example.org", Role::editor, "main").ok());
}

TEST_F(AccessTest, RefusesBadPeople) {
  EXPECT_EQ(people_->add({.email = "nobody", .password = password}).error().code(), Code::invalid);
  EXPECT_EQ(people_->add({.email = "a@b", .password = "short"}).error().code(), Code::invalid);
  EXPECT_EQ(people_->add({.email = "a@b", .organization = "none", .password = password}).error().code(),
            Code::not_found);
  ASSERT_TRUE(add("a@b", Role::editor).ok());
  EXPECT_EQ(add("A@B", Role::editor).error().code(), Code::conflict);
}

TEST_F(AccessTest, PeopleAreFoundAndEdited) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  ASSERT_TRUE(people_->add({.email = "ann@example.org", .name = "Ann 100%", .password = password}).ok());
  ASSERT_TRUE(add("bob@example.org", Role::reader).ok());
  const auto all = people_->list_users({});
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].email, "ann@example.org");
  EXPECT_EQ((*all)[0].memberships.front().role, Role::editor);
  EXPECT_TRUE((*all)[2].superadmin);
  EXPECT_EQ(people_->list_users({.after = (*all)[0].id, .limit = 1})->front().email, "bob@example.org");
  EXPECT_EQ(people_->list_users({.search = "0%"})->size(), 1u);
  EXPECT_EQ(people_->list_users({.search = "BOB@"})->size(), 1u);
  EXPECT_TRUE(people_->list_users({.search = "_"})->empty()) << "no pattern of the caller's";
  const auto renamed = people_->edit((*all)[0].id, {.name = "Anna", .superadmin = true});
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(renamed->name, "Anna");
  EXPECT_TRUE(renamed->superadmin);
  EXPECT_EQ(people_->get(UserId{99}).error().code(), Code::not_found);
}

TEST_F(AccessTest, TheLastSuperadminIsNeitherDemotedNorDisabled) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto root = people_->list_users({.search = "root"})->front().id;
  const auto ann = people_->list_users({.search = "ann"})->front().id;
  EXPECT_EQ(people_->edit(root, {.superadmin = false}).error().code(), Code::conflict);
  EXPECT_EQ(people_->edit(root, {.disabled = true}).error().code(), Code::conflict);
  EXPECT_TRUE(people_->edit(ann, {.superadmin = true}).ok());
  EXPECT_TRUE(people_->edit(ann, {.disabled = true}).ok());
  EXPECT_EQ(people_->edit(root, {.superadmin = false}).error().code(), Code::conflict)
      << "who is disabled is none that could help";
}

TEST_F(AccessTest, DisablingEndsSessionsAndTokens) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto in = sign_in("ann@example.org", password);
  const auto token = tokens_->add("ann@example.org", "script");
  ASSERT_TRUE(people_->edit(in->identity.user, {.disabled = true}).ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
  EXPECT_FALSE(tokens_->find(*token)->has_value());
  EXPECT_FALSE(sign_in("ann@example.org", password).ok());
  ASSERT_TRUE(people_->edit(in->identity.user, {.disabled = false}).ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value()) << "ended, not paused";
  EXPECT_TRUE(sign_in("ann@example.org", password).ok());
}

}  // namespace
}  // namespace longtake::access
