#include "access/sessions.h"

#include <algorithm>
#include <utility>

#include "access/identity_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_credentials =
    "select id, password_hash from users where email = ? and disabled_us is null";
constexpr std::string_view insert_session =
    "insert into user_sessions (token_hash, user_id, created_us, last_seen_us, expires_us, remote, agent) "
    "values (?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Sessions::Sessions(storage::sql::Database& database, const Clock& clock, Options options)
    : database_(database),
      clock_(clock),
      options_(options),
      accounts_(Throttle::Options{}, clock),
      addresses_(Throttle::Options{.free_failures = 20}, clock) {}

std::optional<std::chrono::seconds> Sessions::wait(const SignIn& attempt) {
  return std::max(accounts_.wait(lower(attempt.email)), addresses_.wait(attempt.remote));
}

Result<Sessions::SignedIn> Sessions::sign_in(const SignIn& attempt) {
  const auto email = lower(attempt.email);
  if (const auto pause = wait(attempt))
    return make_error(Code::full, "too many failed tries: wait {} s", pause->count());
  struct Credentials {
    UserId user;
    std::string hash;
  };
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(
        select_credentials,
        [](UserId user, std::string hash) {
          return Credentials{user, std::move(hash)};
        },
        email);
  }));
  if (!found) waste_verification(attempt.password);
  if (!found || !verify_password(attempt.password, found->hash)) {
    accounts_.failed(email);
    addresses_.failed(attempt.remote);
    return make_error(Code::forbidden, "e-mail address or password is wrong");
  }
  accounts_.succeeded(email);
  auto token = make_token();
  const auto now = clock_.now();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from user_sessions where expires_us < ?", now));
    LT_CHECK(session.execute(insert_session, hash_token(token), found->user, now, now, now + options_.idle,
                             attempt.remote, attempt.agent.substr(0, 200)));
    return {};
  }));
  LT_TRY(auto identity, find(token));
  if (!identity) return make_error(Code::forbidden, "{} is a member of no organization", email);
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
