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

TEST(WeakPasswords, KnowsOtherLanguagesAndKeyboards) {
  for (const char* text : {"Пароль123456", "йцукенгшщз", "ЙЦУКЕН1234567", "любовь2024", "привет12345",
                           "contraseña2024", "TeQuiero2024!", "Москва-Россия", "солнышко1995"})
    EXPECT_TRUE(find_weakness(text)) << text;
  EXPECT_FALSE(check_password_rules("коротк").ok()) << "six characters, in twelve bytes";
  EXPECT_TRUE(check_password_rules("тихий вечер над рекой").ok());
}

TEST(WeakPasswords, KnowsTheOwnersAddressAsAWhole) {
  for (const char* text :
       {"glavred@novosti.ru", "GLAVRED@novosti.ru", "glavred.novosti.ru!", "novosti-glavred-novosti"})
    EXPECT_TRUE(find_weakness(text, "glavred@novosti.ru")) << text;
  EXPECT_FALSE(find_weakness("glavred thinks of tulips", "glavred@novosti.ru"));
}

TEST(WeakPasswords, OfManyWordsThatOverlapAreFoundAtOnce) {
  std::string many;
  for (int i = 0; many.size() < 1000; ++i)
    many += i % 3 == 0 ? "annlee1" : "annleeann";
  EXPECT_TRUE(find_weakness(many + "ann", "ann.annlee.annleeann@example.org"));
  EXPECT_FALSE(find_weakness(many + "tulip", "ann.annlee.annleeann@example.org"));
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
