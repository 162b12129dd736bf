#include "access/memberships.h"

#include "access/access_fixture.h"

namespace longtake::access {
namespace {

class MembershipsTest : public AccessTest {
 protected:
  MembershipsTest() {
    club_ = organizations_->create({.slug = "club", .name = "A club", .kind = OrganizationKind::club})->id;
    desk_ = organizations_->create({.slug = "desk", .name = "Other desk"})->id;
    EXPECT_TRUE(add("ann@example.org", Role::editor).ok());
    ann_ = (*people_->list())[0].id;
    main_ = organizations_->get_by_slug("main")->id;
  }
  OrganizationId club_, desk_, main_;
  UserId ann_;
};

TEST_F(MembershipsTest, RolesSuitTheKindOfOrganization) {
  EXPECT_EQ(memberships_->set(club_, ann_, Role::editor).error().code(), Code::invalid);
  EXPECT_EQ(memberships_->set(desk_, ann_, Role::player).error().code(), Code::invalid);
  EXPECT_EQ(memberships_->set(desk_, ann_, Role::superadmin).error().code(), Code::invalid);
  ASSERT_TRUE(memberships_->set(club_, ann_, Role::player).ok());
  EXPECT_EQ(memberships_->set(club_, ann_, Role::owner)->role, Role::owner);
  EXPECT_EQ(memberships_->set(club_, UserId{99}, Role::owner).error().code(), Code::not_found);
  EXPECT_EQ(memberships_->set(OrganizationId{99}, ann_, Role::owner).error().code(), Code::not_found);
}

TEST_F(MembershipsTest, APersonBelongsToSeveralAndSwitches) {
  ASSERT_TRUE(memberships_->set(club_, ann_, Role::owner).ok());
  const auto open = people_->account(ann_);
  ASSERT_EQ(open->organizations.size(), 2u);
  EXPECT_EQ(open->organizations[0].slug, "club") << "by name";
  auto in = *sign_in("ann@example.org", password);
  EXPECT_EQ(in.identity.organization, main_);
  EXPECT_FALSE(in.identity.may(Permission::edit_channels));
  EXPECT_EQ(sessions_->act_in(in.identity, desk_).error().code(), Code::not_found);
  const auto there = sessions_->act_in(in.identity, club_);
  ASSERT_TRUE(there.ok()) << there.error().story();
  EXPECT_EQ(there->role, Role::owner);
  EXPECT_TRUE(there->may(Permission::edit_channels));
  EXPECT_EQ((*sessions_->find(in.token))->organization, club_);
}

TEST_F(MembershipsTest, WhoIsTakenOutActsInTheirFirstOrganizationOrNowhere) {
  ASSERT_TRUE(memberships_->set(club_, ann_, Role::owner).ok());
  const auto in = *sign_in("ann@example.org", password);
  ASSERT_TRUE(sessions_->act_in(in.identity, club_).ok());
  ASSERT_TRUE(memberships_->remove(club_, ann_).ok());
  EXPECT_EQ((*sessions_->find(in.token))->organization, main_);
  EXPECT_EQ((*sessions_->find(in.token))->role, Role::editor);
  ASSERT_TRUE(memberships_->remove(main_, ann_).ok());
  const auto nowhere = sessions_->find(in.token);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code(), Code::forbidden);
  EXPECT_EQ(sign_in("ann@example.org", password).error().code(), Code::forbidden);
  EXPECT_EQ((*sessions_->find_person(in.token))->user, ann_);
  ASSERT_TRUE(memberships_->set(desk_, ann_, Role::reader).ok());
  EXPECT_EQ((*sessions_->find(in.token))->organization, desk_);
}

TEST_F(MembershipsTest, SuperadminsActEverywhere) {
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  const auto in = *sign_in("root@example.org", password);
  EXPECT_EQ(people_->account(in.identity.user)->organizations.size(), 3u);
  const auto there = sessions_->act_in(in.identity, desk_);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->role, Role::superadmin);
  EXPECT_EQ(sessions_->act_in(in.identity, OrganizationId{99}).error().code(), Code::not_found);
  ASSERT_TRUE(organizations_->remove(desk_).ok());
  EXPECT_EQ((*sessions_->find(in.token))->organization, main_);
}

TEST_F(MembershipsTest, PeopleAreListedByNameInPages) {
  for (const char* name : {"zoe", "Bob", "carl"})
    ASSERT_TRUE(
        people_->add({.email = fmt::format("{}@example.org", name), .name = name, .password = password})
            .ok());
  const auto first = memberships_->list(main_, {}, 2);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].name, "ann");
  EXPECT_EQ((*first)[1].name, "Bob");
  const auto second = memberships_->list(main_, {(*first)[1].name, (*first)[1].user.value}, 2);
  EXPECT_EQ((*second)[0].name, "carl");
  EXPECT_EQ((*second)[1].name, "zoe");
  EXPECT_TRUE(memberships_->list(desk_, {}, 10)->empty());
  EXPECT_EQ(memberships_->get(desk_, ann_).error().code(), Code::not_found);
  EXPECT_EQ(memberships_->remove(desk_, ann_).error().code(), Code::not_found);
}

}  // namespace
}  // namespace longtake::access
