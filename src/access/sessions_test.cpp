#include "access/access_fixture.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

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

TEST_F(AccessTest, ANewPasswordEndsSessionsAndANewRoleRenewsThem) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  auto in = sign_in("ann@example.org", password);
  ASSERT_TRUE(people_->set_password("ann@example.org", "another password 7").ok());
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
  EXPECT_FALSE(sign_in("ann@example.org", password).ok());
  in = sign_in("ann@example.org", "another password 7");
  ASSERT_TRUE(in.ok());
  EXPECT_FALSE(in->identity.renew);

  ASSERT_TRUE(people_->set_role("ann@example.org", Role::manager, "main").ok());
  const auto now = sessions_->find(in->token);
  ASSERT_TRUE(now->has_value()) << "nobody is signed out by it";
  EXPECT_EQ((*now)->role, Role::manager);
  EXPECT_TRUE((*now)->renew);
  const auto fresh = sessions_->renew(in->token);
  ASSERT_TRUE(fresh->has_value());
  EXPECT_FALSE(sessions_->renew(in->token)->has_value()) << "only one request gets the new token";
  EXPECT_TRUE(sessions_->find(in->token)->has_value()) << "requests on their way";
  EXPECT_EQ((*sessions_->find(**fresh))->session, (*now)->session);
  EXPECT_FALSE((*sessions_->find(**fresh))->renew);
  clock_.pass(61s);
  EXPECT_FALSE(sessions_->find(in->token)->has_value());
  EXPECT_TRUE(sessions_->find(**fresh)->has_value());
}

TEST_F(AccessTest, APersonsOldestSessionsEndWhenThereAreTooMany) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  ASSERT_TRUE(add("bob@example.org", Role::editor).ok());
  const auto bob = sign_in("bob@example.org", password);
  const auto first = sign_in("ann@example.org", password);
  const auto ann = first->identity.user;
  std::string second, last;
  for (int i = 0; i < Sessions::Options{}.most; ++i) {
    const auto in = sessions_->open({ann, ""}, {.remote = "127.0.0.1", .agent = "test"});
    ASSERT_TRUE(in.ok());
    if (i == 0) second = in->token;
    last = in->token;
  }
  EXPECT_EQ(sessions_->list(ann)->size(), 100u);
  EXPECT_FALSE(sessions_->find(first->token)->has_value());
  EXPECT_TRUE(sessions_->find(second)->has_value());
  EXPECT_TRUE(sessions_->find(last)->has_value());
  EXPECT_TRUE(sessions_->find(bob->token)->has_value());
}

TEST_F(AccessTest, ASignInUnderWayEndsWithThePasswordItRestsOn) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const Sessions::From from{.remote = "127.0.0.1", .agent = "test"};
  const auto proven = *prove("ann@example.org", password);
  ASSERT_TRUE(sessions_->open(proven, from).ok());
  ASSERT_TRUE(people_->set_password("ann@example.org", "set by the command line").ok());
  EXPECT_EQ(sessions_->open(proven, from).error().kind(), "bad-credentials");
  EXPECT_TRUE(sessions_->list(proven.user)->empty());

  const auto again = *prove("ann@example.org", "set by the command line");
  ASSERT_TRUE(add("root@example.org", Role::superadmin).ok());
  ASSERT_TRUE(people_->edit(proven.user, {.disabled = true}).ok());
  EXPECT_EQ(sessions_->open(again, from).error().code(), Code::forbidden);
  ASSERT_TRUE(people_->edit(proven.user, {.disabled = false}).ok());
  EXPECT_TRUE(sessions_->list(proven.user)->empty()) << "none waited for the account to be opened again";
}

TEST_F(AccessTest, SessionsAreListedAndEnded) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  ASSERT_TRUE(add("bob@example.org", Role::editor).ok());
  const auto first = sign_in("ann@example.org", password);
  clock_.pass(5min);
  const auto second = sign_in("ann@example.org", password);
  const auto bob = sign_in("bob@example.org", password);
  const auto ann = first->identity.user;
  const auto list = sessions_->list(ann);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].id, second->identity.session);
  EXPECT_EQ((*list)[0].remote, "127.0.0.1");
  EXPECT_EQ(sessions_->end(ann, bob->identity.session).error().code(), Code::not_found);
  ASSERT_TRUE(sessions_->end(ann, first->identity.session).ok());
  EXPECT_FALSE(sessions_->find(first->token)->has_value());
  ASSERT_TRUE(sessions_->end_all(ann).ok());
  EXPECT_FALSE(sessions_->find(second->token)->has_value());
  EXPECT_TRUE(sessions_->find(bob->token)->has_value());
}

TEST_F(AccessTest, RecallsWhoAsksUntilAnythingAboutThemChanges) {
  ASSERT_TRUE(add("ann@example.org", Role::editor).ok());
  const auto in = sign_in("ann@example.org", password);
  ASSERT_TRUE(in.ok());
  const auto again = [&] { return sessions_->find(in->token)->has_value(); };

  ASSERT_TRUE(again());
  const auto known = sessions_->recall(in->token);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->email, "ann@example.org");
  EXPECT_EQ(known->role, Role::editor);
  EXPECT_FALSE(sessions_->recall(in->token + "x"));

  clock_.pass(61s);
  EXPECT_FALSE(sessions_->recall(in->token)) << "it is time to write down that they are here";
  ASSERT_TRUE(again());
  ASSERT_TRUE(again());
  EXPECT_TRUE(sessions_->recall(in->token));

  ASSERT_TRUE(people_->set_role("ann@example.org", Role::reader, "main").ok());
  EXPECT_FALSE(sessions_->recall(in->token));
  ASSERT_TRUE(again());
  EXPECT_FALSE(sessions_->recall(in->token)) << "its token is to be replaced first";
  const auto fresh = sessions_->renew(in->token);
  ASSERT_TRUE(fresh.ok() && *fresh);
  ASSERT_TRUE(sessions_->find(**fresh)->has_value());
  EXPECT_EQ(sessions_->recall(**fresh)->role, Role::reader);

  ASSERT_TRUE(sessions_->sign_out(**fresh).ok());
  EXPECT_FALSE(sessions_->recall(**fresh));
}

}  // namespace
}  // namespace longtake::access
