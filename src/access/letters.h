#pragma once
// What this site writes by e-mail, in the language of the organization. Pure.

#include <string>
#include <string_view>

namespace longtake::access {

struct Letter {
  std::string subject;
  std::string text;
};

/// `language` is "en", "es" or "ru"; anything else is English.
Letter reset_letter(std::string_view language, std::string_view url);

struct InvitationFacts {
  std::string organization;
  std::string inviter;  ///< name
  std::string url;
  int days = 7;  ///< how long the link works
};
Letter invitation_letter(std::string_view language, const InvitationFacts& facts);

}  // namespace longtake::access
