#include "access/weak_passwords.h"

#include <gtest/gtest.h>

#include "access/secrets.h"

namespace longtake::access {
namespace {

TEST(WeakPasswords, RefusesWhatIsTriedFirst) {
  for (const char* text :
       {"1234567890",    "0987654321",   "12345678910",  "qwertyuiop",     "1q2w3e4r5t",       "1qaz2wsx3edc",
        "q1w2e3r4t5",    "abcdefghij",   "password12",   "Password123!",   "p4ssw0rd2024",     "P@$$w0rd1234",
        "iloveyou12",    "ILoveYou2023", "football12",   "sunshine2024",   "Summer2024!",      "Welcome12345",
        "administrator", "aaaaaaaaaaaa", "1111111111",   "abcabcabcabc",   "passwordpassword", "qwerty123456",
        "letmein12345",  "princess1234", "changeme2024", "12345678901234", "hello_password",   "1password1",
        "liverpool1892", "longtake2026", "0123456789",   "zxcvbnm1234",    "asdfghjkl1234",    "9876543210",
        "summerwinter"})
    EXPECT_TRUE(find_weakness(text)) << text;
}

TEST(WeakPasswords, TakesWhatIsNot) {
  for (const char* text : {"correct horse battery", "a long enough password 42", "incorrect horse",
                           "another password", "tangled moss under 7 bridges", "vK3-pQz9!mWe2",
                           "пароль из четырёх слов", "8f2a9c71d04be6", "summer rain on a tin roof"})
    EXPECT_FALSE(find_weakness(text)) << text << ": " << find_weakness(text).value_or("");
}

TEST(WeakPasswords, KnowsTheOwnersName) {
  EXPECT_TRUE(find_weakness("okonkwo2024!", "ada.okonkwo@example.org"));
  EXPECT_TRUE(find_weakness("AdaOkonkwo99", "ada.okonkwo@example.org"));
  EXPECT_FALSE(find_weakness("okonkwo2024!", "bob@example.org"));
}

TEST(WeakPasswords, AreRefusedByTheRulesWithTheReason) {
  const auto refused = check_password_rules("Password123!");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_EQ(refused.error().text().find("Password123"), std::string::npos);
  EXPECT_TRUE(check_password_rules("vK3-pQz9!mWe2").ok());
  EXPECT_FALSE(check_password_rules("okonkwo2024!", "okonkwo@example.org").ok());
}

}  // namespace
}  // namespace longtake::access
