#include "access/sessions.h"

#include <algorithm>
#include <utility>

#include "access/identity_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_session =
    "insert into user_sessions (token_hash, user_id, created_us, last_seen_us, expires_us, remote, agent) "
    "values (?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Sessions::Sessions(storage::sql::Database& database, const Clock& clock, Options options)
    : database_(database), clock_(clock), options_(options) {}

Result<Sessions::SignedIn> Sessions::open(UserId user, const From& from) {
  auto token = make_token();
  const auto now = clock_.now();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where expires_us < ?", now));
    LT_CHECK(session.execute(insert_session, hash_token(token), user, now, now, now + options_.idle,
                             from.remote, from.agent.substr(0, 200)));
    return {};
  }));
  LT_TRY(auto identity, find(token));
  if (!identity)
    return make_error(Code::forbidden,
                      "a member of no organization: ask a superadmin to make you one of yours");
  return SignedIn{std::move(token), *std::move(identity)};
}

Status Sessions::sign_out(std::string_view token) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where token_hash = ?", hash_token(token)));
    return {};
  });
}

Result<std::optional<Identity>> Sessions::find(std::string_view token) {
  const auto hash = hash_token(token);
  const auto now = clock_.now();
  struct Times {
    WallTime created, last_seen;
  };
  static const auto select_identity = fmt::format(
      "select {} join user_sessions s on s.user_id = u.id where s.token_hash = ? and s.expires_us > ? and "
      "u.disabled_us is null order by o.id limit 1",
      identity_columns);
  std::optional<Times> times;
  LT_TRY(auto identity, database_.read([&](Session& session) -> Result<std::optional<Identity>> {
    LT_TRY(times, session.find(
                      "select created_us, last_seen_us from user_sessions where token_hash = ?",
                      [](WallTime created, WallTime seen) {
                        return Times{created, seen};
                      },
                      hash));
    return session.find(select_identity, make_identity, hash, now);
  }));
  // The row is touched at most once a minute: a page asks several times a second.
  if (identity && times && now - times->last_seen > std::chrono::minutes{1}) {
    const auto expires = std::min(now + options_.idle, times->created + options_.longest);
    LT_CHECK(database_.write([&](Session& session) -> Status {
      LT_CHECK(
          session.execute("update user_sessions set last_seen_us = ?, expires_us = ? where token_hash = ?",
                          now, expires, hash));
      return {};
    }));
  }
  return identity;
}

}  // namespace longtake::access
