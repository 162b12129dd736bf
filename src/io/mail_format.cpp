#include <array>
#include <cctype>
#include <ctime>

#include <fmt/format.h>

#include "io/mail.h"

namespace longtake::io {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const auto n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= n ? letters[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool is_plain(std::string_view text) {
  for (const unsigned char c : text)
    if (c < 0x20 || c > 0x7e) return false;
  return true;
}

/// RFC 2047: words of at most 75 characters that never divide a letter.
std::string encode_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto size = std::min<std::size_t>(45, text.size());
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
      --size;
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

std::string header_text(std::string_view text) {
  return is_plain(text) && text.size() < 70 ? std::string{text} : encode_words(text);
}

/// "Desk <a@b>" with its name encoded when need be.
std::string header_mailbox(std::string_view mailbox, const std::string& address) {
  auto name = mailbox.substr(0, mailbox.find('<'));
  while (name.ends_with(' '))
    name.remove_suffix(1);
  if (name.empty() || mailbox.find('<') == mailbox.npos) return fmt::format("<{}>", address);
  // Quoted: a name may hold what RFC 5322 keeps for itself.
  std::string quoted;
  for (const char c : name) {
    if (c == '"' || c == '\\') continue;
    quoted += c;
  }
  return is_plain(quoted) ? fmt::format("\"{}\" <{}>", quoted, address)
                          : fmt::format("{} <{}>", encode_words(quoted), address);
}

/// "Sat, 21 Nov 2026 07:13:37 +0000".
std::string mail_date(WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool breaks_header(std::string_view text) {
  for (const unsigned char c : text)
    if (c < 0x20 || c == 0x7f) return true;
  return false;
}

}  // namespace

Result<std::string> address_of(std::string_view mailbox) {
  auto address = mailbox;
  if (const auto open = mailbox.find('<'); open != mailbox.npos) {
    const auto close = mailbox.find('>', open);
    address = close == mailbox.npos ? std::string_view{} : mailbox.substr(open + 1, close - open - 1);
  }
  const auto at = address.find('@');
  bool odd = at == address.npos || at == 0 || at + 1 == address.size() || address.size() > 254;
  for (const unsigned char c : address)
    odd = odd || c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == ',' || c == ';' || c == '"';
  if (odd || breaks_header(mailbox))
    return make_error(Code::invalid, "'{}' is not an e-mail address", address.substr(0, 60));
  return std::string{address};
}

Result<std::string> format_mail(const Mail& mail, const MailFacts& facts) {
  LT_TRY(const auto from, address_of(facts.from));
  LT_TRY(const auto to, address_of(mail.to));
  if (breaks_header(mail.subject)) return make_error(Code::invalid, "a subject is one line of text");
  std::string out;
  out += fmt::format("Date: {}\r\n", mail_date(facts.now));
  out += fmt::format("From: {}\r\n", header_mailbox(facts.from, from));
  out += fmt::format("To: <{}>\r\n", to);
  out += fmt::format("Message-ID: <{}>\r\n", facts.id);
  out += fmt::format("Subject: {}\r\n", header_text(mail.subject));
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  std::string crlf;
  for (const char c : mail.text)
    crlf += c == '\n' ? std::string{"\r\n"} : std::string{c};
  const auto body = base64(crlf);
  for (std::size_t i = 0; i < body.size(); i += 76)
    out += body.substr(i, 76) + "\r\n";
  return out;
}

}  // namespace longtake::io
