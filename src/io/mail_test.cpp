#include "io/mail.h"

#include <gtest/gtest.h>

namespace longtake::io {
namespace {

const MailFacts facts{.from = "Longtake <no-reply@tv.example>",
                      .now = wall_from_us(1'795'245'217'000'000),
                      .id = "1@tv.example"};

TEST(Mail, TravelsAsPlainAscii) {
  const auto text = format_mail({.to = "ann@tv.example", .subject = "Hello", .text = "One\nTwo\n"}, facts);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "Date: Sat, 21 Nov 2026 07:13:37 +0000\r\nFrom: \"Longtake\" <no-reply@tv.example>\r\n"
            "To: <ann@tv.example>\r\nMessage-ID: <1@tv.example>\r\nSubject: Hello\r\n"
            "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            "T25lDQpUd28NCg==\r\n");
}

TEST(Mail, EncodesASubjectInWordsThatNeverDivideALetter) {
  std::string subject;
  for (int i = 0; i < 60; ++i)
    subject += "\xd0\xbf";
  const auto text = *format_mail({.to = "a@b", .subject = subject, .text = "\xd0\xbf"}, facts);
  for (const unsigned char c : text)
    EXPECT_LT(c, 0x80);
  std::size_t words = 0;
  for (std::size_t at = text.find("=?UTF-8?B?"); at != text.npos; at = text.find("=?UTF-8?B?", at + 1)) {
    ++words;
    const auto size = text.find("?=", at + 10) - (at + 10);
    EXPECT_EQ(size % 4, 0U);
    EXPECT_LE(size + 12, 75U);
  }
  EXPECT_EQ(words, 3U);
  EXPECT_NE(text.find("=?UTF-8?B?0L/Qv9C/"), text.npos);
}

TEST(Mail, NothingBreaksOutOfAHeader) {
  const auto refused = [](Mail mail) { return !format_mail(mail, facts).ok(); };
  EXPECT_TRUE(refused({.to = "a@b\r\nBcc: c@d", .subject = "x", .text = ""}));
  EXPECT_TRUE(refused({.to = "a@b, c@d", .subject = "x", .text = ""}));
  EXPECT_TRUE(refused({.to = "a@b> <c@d", .subject = "x", .text = ""}));
  EXPECT_TRUE(refused({.to = "a@b", .subject = "x\r\nBcc: c@d", .text = ""}));
  EXPECT_TRUE(refused({.to = "a@b", .subject = "x\ny", .text = ""}));
  EXPECT_FALSE(refused({.to = "a@b", .subject = "x", .text = "Bcc: c@d\n.\nQUIT\n"}));
}

TEST(Mail, OptionsAreCheckedByName) {
  const auto told = [](MailOptions options) {
    const auto status = check_mail_options(options);
    return status ? "" : status.error().text().substr(0, status.error().text().find(':'));
  };
  EXPECT_EQ(told({}), "");
  EXPECT_EQ(told({.server = "smtp://mail.example:587", .from = "a@b"}), "");
  EXPECT_EQ(told({.server = "mail.example", .from = "a@b"}), "mail.server");
  EXPECT_EQ(told({.server = "smtp://u:p@mail.example", .from = "a@b"}), "mail.server");
  EXPECT_EQ(told({.server = "smtp://mail.example"}), "mail.from is missing");
  EXPECT_EQ(told({.server = "smtp://mail.example", .from = "nobody"}), "mail.from");
}

}  // namespace
}  // namespace longtake::io
