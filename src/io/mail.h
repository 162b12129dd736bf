#pragma once
// E-mail out of this program: one short text at a time, over SMTP (libcurl).

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace longtake::io {

struct Mail {
  std::string to;  ///< one address
  std::string subject;
  std::string text;  ///< UTF-8, lines end with \n
};

struct MailOptions {
  /// smtp://HOST[:PORT] (STARTTLS) or smtps://HOST[:PORT]; empty: this site sends no e-mail.
  std::string server;
  std::string user;
  std::string password;
  /// "no-reply@example.org" or "Longtake <no-reply@example.org>".
  std::string from;
  /// smtp:// servers must offer TLS. False for a relay on this machine.
  bool starttls = true;
  /// PEM file of certificates trusted instead of the system's; empty: the system's.
  std::string ca_file;
  std::chrono::milliseconds timeout{30'000};
  bool operator==(const MailOptions&) const = default;
};

/// "Longtake <a@b>" and "a@b" -> "a@b". Error invalid names a text that holds no address.
Result<std::string> address_of(std::string_view mailbox);

/// invalid names the setting and the mend.
Status check_mail_options(const MailOptions& options);

/// The message as it travels: header and body, lines ending with CRLF (RFC 5322, 2045, 2047). Error invalid
/// when a header field would break.
struct MailFacts {
  std::string from;
  WallTime now;
  std::string id;  ///< "unique@host", without angle brackets
};
Result<std::string> format_mail(const Mail& mail, const MailFacts& facts);

/// Blocks until the server has taken it. unavailable: server or network, in one line that names the server;
/// full: never; invalid: a recipient or message the server refuses for good.
Status send_mail(const MailOptions& options, const Mail& mail, WallTime now, std::stop_token stop = {});

}  // namespace longtake::io
