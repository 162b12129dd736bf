#include "access/tokens.h"

#include "access/identity_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {

using storage::sql::Session;

Result<std::string> Tokens::add(const std::string& email, const std::string& name) {
  auto token = make_token();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const auto user, get_user(session, email));
    LT_CHECK(
        session.execute("insert into api_tokens (user_id, name, token_hash, created_us) values (?, ?, ?, ?)",
                        user, name, hash_token(token), clock_.now()));
    return {};
  }));
  return token;
}

Result<std::optional<Identity>> Tokens::find(std::string_view token) const {
  static const auto select_identity = fmt::format(
      "select {} join api_tokens t on t.user_id = u.id where t.token_hash = ? and (t.expires_us is null or "
      "t.expires_us > ?) and u.disabled_us is null order by o.id limit 1",
      identity_columns);
  return database_.read([&](Session& session) {
    return session.find(select_identity, make_identity, hash_token(token), clock_.now());
  });
}

}  // namespace longtake::access
