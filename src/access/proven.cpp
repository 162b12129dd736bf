#include "access/proven.h"

#include "access/identity_rows.h"
#include "storage/sql/session.h"

namespace longtake::access {

Status check_still(storage::sql::Session& session, const Proven& who) {
  static const auto select =
      fmt::format("select u.password_hash from users u where u.id = ? and {}", is_active);
  LT_TRY(const auto now, session.find(
                             select, [](std::string hash) { return hash; }, who.user));
  if (!now) return make_error(Code::forbidden, "this account is closed");
  if (!who.password_hash.empty() && who.password_hash != *now)
    return make_error(Code::forbidden, "another password was set meanwhile: sign in with that")
        .named("bad-credentials");
  return {};
}

}  // namespace longtake::access
