#include "access/password_resets.h"

#include "access/access_fixture.h"
#include "access/letters.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

class PasswordResetsTest : public AccessTest {
 protected:
  PasswordResetsTest() : resets_(*database_, clock_) {
    EXPECT_TRUE(add("ann@example.org", Role::editor).ok());
  }
  std::string begin() {
    const auto begun = resets_.begin("Ann@Example.org");
    EXPECT_TRUE(begun.ok() && *begun);
    return (*begun)->token;
  }
  PasswordResets resets_;
  static constexpr const char* next = "four unlikely garden chairs";
};

TEST_F(PasswordResetsTest, ALinkSetsThePasswordOnceAndEndsEverySession) {
  const auto session = sign_in("ann@example.org", password);
  const auto token = begin();
  EXPECT_EQ(resets_.finish({token, "short", "192.0.2.1"}).error().code(), Code::invalid);
  ASSERT_TRUE(resets_.finish({token, next, "192.0.2.1"}).ok());
  EXPECT_FALSE(sessions_->find(session->token)->has_value());
  EXPECT_FALSE(sign_in("ann@example.org", password).ok());
  EXPECT_TRUE(sign_in("ann@example.org", next).ok());
  EXPECT_EQ(resets_.finish({token, next, "192.0.2.1"}).error().code(), Code::not_found);
}

TEST_F(PasswordResetsTest, ALinkEndsAfterAnHourOrWithTheNext) {
  const auto first = begin();
  clock_.pass(59min);
  const auto second = begin();
  EXPECT_EQ(resets_.finish({first, next, "192.0.2.1"}).error().code(), Code::not_found);
  clock_.pass(59min);
  ASSERT_TRUE(resets_.finish({second, next, "192.0.2.1"}).ok());
  const auto third = begin();
  clock_.pass(60min);
  EXPECT_EQ(resets_.finish({third, next, "192.0.2.1"}).error().code(), Code::not_found);
}

TEST_F(PasswordResetsTest, NobodyAndTheDisabledGetNone) {
  EXPECT_FALSE(resets_.begin("bob@example.org")->has_value());
  const auto token = begin();
  ASSERT_TRUE(database_
                  ->write([&](storage::sql::Session& session) -> Status {
                    LT_CHECK(session.execute("update users set disabled_us = 1"));
                    return {};
                  })
                  .ok());
  EXPECT_FALSE(resets_.begin("ann@example.org")->has_value());
  EXPECT_EQ(resets_.finish({token, next, "192.0.2.1"}).error().code(), Code::not_found);
}

TEST_F(PasswordResetsTest, APasswordSetByCommandEndsTheLink) {
  const auto token = (*resets_.begin("ann@example.org"))->token;
  ASSERT_TRUE(people_->set_password("ann@example.org", "set by the command line").ok());
  EXPECT_EQ(resets_.finish({token, next, "192.0.2.1"}).error().code(), Code::not_found);
}

TEST_F(PasswordResetsTest, AChangedPasswordEndsTheLink) {
  const auto token = begin();
  const auto in = sign_in("ann@example.org", password);
  ASSERT_TRUE(proofs_
                  ->change_password({.user = in->identity.user, .email = "ann@example.org", .address = "::1"},
                                    {.present = password, .password = next, .session = in->identity.session})
                  .ok());
  EXPECT_EQ(resets_.finish({token, next, "192.0.2.1"}).error().code(), Code::not_found);
}

TEST(Letters, AreInTheLanguageAndHoldTheLink) {
  for (const char* language : {"en", "es", "ru", "xx"}) {
    EXPECT_NE(reset_letter(language, "https://tv.example/x").text.find("\nhttps://tv.example/x\n"),
              std::string::npos)
        << language;
    const auto letter = invitation_letter(
        language,
        {.organization = "News\r\nBcc: a@b", .inviter = "Ann", .url = "https://tv.example/y", .days = 7});
    EXPECT_EQ(letter.subject.find('\n'), std::string::npos) << language;
    EXPECT_NE(letter.text.find("\nhttps://tv.example/y\n"), std::string::npos) << language;
    EXPECT_NE(letter.text.find('7'), std::string::npos) << language;
  }
  EXPECT_NE(reset_letter("es", "x").subject, reset_letter("en", "x").subject);
}

}  // namespace
}  // namespace longtake::access
