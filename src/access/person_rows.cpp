#include "access/person_rows.h"

#include <algorithm>
#include <cctype>

namespace longtake::access {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Status check_email(const std::string& email) {
  const auto at = email.find('@');
  constexpr std::string_view other_meaning = "<>()[]{},;:\\\"`|";
  const bool odd = std::any_of(email.begin(), email.end(), [&](unsigned char c) {
    return c <= 0x20 || c >= 0x7f || other_meaning.find(static_cast<char>(c)) != other_meaning.npos;
  });
  if (at == std::string::npos || at == 0 || at + 1 == email.size() || email.find('@', at + 1) != email.npos ||
      email.size() > 254 || odd)
    return make_error(Code::invalid, "'{}' is not an e-mail address", email.substr(0, 60));
  return {};
}

Result<UserId> get_user(storage::sql::Session& session, const std::string& email) {
  LT_TRY(const auto found,
         session.find(
             "select id from users where email = ?", [](UserId id) { return id; }, lower(email)));
  if (!found) return make_error(Code::not_found, "there is no person {}", email);
  return *found;
}

Status renew_sessions(storage::sql::Session& session, UserId user) {
  LT_CHECK(session.execute("update user_sessions set renew = 1 where user_id = ?", user));
  return {};
}

Role role_of(std::int64_t superadmin, const std::string& role) {
  return superadmin ? Role::superadmin : find_role(role).value_or(Role::reader);
}

Status keep_a_superadmin(storage::sql::Session& session, std::string_view who) {
  LT_TRY(const auto left,
         session.find(
             "select count(*) from users where superadmin = 1 and disabled_us is null and erased_us is null",
             [](std::int64_t n) { return n; }));
  if (left.value_or(0) > 0) return {};
  return make_error(Code::conflict, "{} is the last superadmin: make another one first", who);
}

}  // namespace longtake::access
