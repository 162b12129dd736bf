#include "access/organizations.h"

#include "access/access_fixture.h"

namespace longtake::access {
namespace {

TEST_F(AccessTest, OrganizationsAreMadeListedAndEdited) {
  const auto made = organizations_->create({.slug = "club-7",
                                            .name = "Club 7",
                                            .kind = OrganizationKind::club,
                                            .time_zone = "Europe/Madrid",
                                            .language = "es"});
  ASSERT_TRUE(made.ok()) << made.error().story();
  EXPECT_EQ(made->kind, OrganizationKind::club);
  EXPECT_EQ(organizations_->create({.slug = "club-7", .name = "Another"}).error().code(), Code::conflict);
  const auto edited = organizations_->edit(made->id, {.name = "Club Seven", .expected_version = 1});
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(edited->name, "Club Seven");
  EXPECT_EQ(edited->time_zone, "Europe/Madrid");
  EXPECT_EQ(edited->version, 2);
  EXPECT_EQ(organizations_->edit(made->id, {.name = "Late", .expected_version = 1}).error().kind(), "stale");
  EXPECT_EQ(organizations_->edit(made->id, {.slug = "main"}).error().code(), Code::conflict);
  EXPECT_EQ(organizations_->list({})->size(), 2u);
  EXPECT_TRUE(organizations_->list({.member = UserId{5}})->empty());
  EXPECT_EQ(organizations_->list({.limit = 1})->front().name, "Club Seven");
  EXPECT_EQ(organizations_->list({.after = {"Club Seven", made->id.value}})->front().slug, "main");
}

TEST_F(AccessTest, BadOrganizationsAreRefused) {
  for (const auto* slug : {"", "-a", "a-", "A", "a b", "a~1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_EQ(organizations_->create({.slug = slug, .name = "x"}).error().code(), Code::invalid) << slug;
  EXPECT_EQ(organizations_->create({.slug = "a", .name = ""}).error().code(), Code::invalid);
  EXPECT_EQ(organizations_->create({.slug = "a", .name = "x", .time_zone = "Mars"}).error().code(),
            Code::invalid);
  EXPECT_EQ(organizations_->create({.slug = "a", .name = "x", .language = "xx"}).error().code(),
            Code::invalid);
}

TEST_F(AccessTest, ARemovedOrganizationLeavesItsSlugAndTheLastStays) {
  const auto made = organizations_->create({.slug = "club", .name = "Club"});
  ASSERT_TRUE(organizations_->remove(made->id).ok());
  EXPECT_EQ(organizations_->get(made->id).error().code(), Code::not_found);
  EXPECT_EQ(organizations_->remove(made->id).error().code(), Code::not_found);
  EXPECT_TRUE(organizations_->create({.slug = "club", .name = "Club"}).ok());
  ASSERT_TRUE(organizations_->remove(organizations_->get_by_slug("club")->id).ok());
  EXPECT_EQ(organizations_->remove(organizations_->get_by_slug("main")->id).error().code(), Code::conflict);
}

}  // namespace
}  // namespace longtake::access
