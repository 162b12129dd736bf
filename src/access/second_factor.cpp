#include "access/second_factor.h"

#include <optional>

#include "access/secrets.h"
#include "access/totp.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_factor =
    "select email, second_factor_sealed, second_factor_confirmed, second_factor_step from users where id = ?";
constexpr std::string_view keep_secret =
    "update users set second_factor_sealed = ?, second_factor_confirmed = 0, second_factor_step = 0 where id "
    "= ?";
constexpr std::string_view turn_on =
    "update users set second_factor_confirmed = 1, second_factor_step = ? where id = ?";
constexpr std::string_view turn_off =
    "update users set second_factor_sealed = null, second_factor_confirmed = 0, second_factor_step = 0 where "
    "id = ?";

struct Factor {
  std::string email;
  std::optional<std::string> sealed;
  bool confirmed = false;
  std::int64_t step = 0;
};

Result<Factor> get_factor(Session& session, UserId user) {
  LT_TRY(auto found, session.find(
                         select_factor,
                         [](std::string email, std::optional<std::string> sealed, std::int64_t confirmed,
                            std::int64_t step) {
                           return Factor{std::move(email), std::move(sealed), confirmed != 0, step};
                         },
                         user));
  if (!found) return make_error(Code::not_found, "there is no such person");
  return *std::move(found);
}

/// Those alone: earlier ones are worth nothing any more.
Status keep_codes(Session& session, UserId user, const std::vector<std::string>& codes) {
  LT_CHECK(session.execute("delete from recovery_codes where user_id = ?", user));
  for (const auto& one : codes)
    LT_CHECK(session.execute("insert into recovery_codes (user_id, code_hash) values (?, ?)", user,
                             hash_token(normal_recovery_code(one))));
  return {};
}

Error on_already() {
  return make_error(Code::conflict, "the second factor is on: turn it off first");
}

}  // namespace

Result<SecondFactors::Secret> SecondFactors::begin(UserId user) {
  const auto secret = make_totp_secret();
  const auto sealed = secrets_.seal(secret);
  return database_.write([&](Session& session) -> Result<Secret> {
    LT_TRY(const auto factor, get_factor(session, user));
    if (factor.confirmed) return on_already();
    LT_CHECK(session.execute(keep_secret, sealed, user));
    return Secret{to_base32(secret), totp_uri(secret, "Longtake", factor.email)};
  });
}

Result<std::vector<std::string>> SecondFactors::confirm(UserId user, std::string_view code) {
  auto codes = make_recovery_codes();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const auto factor, get_factor(session, user));
    if (factor.confirmed) return on_already();
    if (!factor.sealed)
      return make_error(Code::conflict, "no second factor was begun: ask for a secret first");
    LT_TRY(const auto secret, secrets_.unseal(*factor.sealed), "opening a second factor");
    const auto step = find_totp_step(secret, code, clock_.now(), factor.step);
    if (!step)
      return make_error(Code::invalid, "not a code of now: see that the clock of the phone is right");
    LT_CHECK(session.execute(turn_on, *step, user));
    return keep_codes(session, user, codes);
  }));
  return codes;
}

Status SecondFactors::end(UserId user) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute(turn_off, user));
    LT_CHECK(session.execute("delete from recovery_codes where user_id = ?", user));
    return {};
  });
}

Result<bool> SecondFactors::is_on(UserId user) const {
  LT_TRY(const auto factor, database_.read([&](Session& session) { return get_factor(session, user); }));
  return factor.confirmed;
}

Result<SecondFactors::State> SecondFactors::state(UserId user) const {
  return database_.read([&](Session& session) -> Result<State> {
    LT_TRY(const auto factor, get_factor(session, user));
    if (!factor.confirmed) return State{};
    LT_TRY(const auto left, session.find(
                                "select count(*) from recovery_codes where user_id = ?",
                                [](std::int64_t count) { return count; }, user));
    return State{true, static_cast<int>(left.value_or(0))};
  });
}

Result<std::vector<std::string>> SecondFactors::renew_codes(UserId user) {
  auto codes = make_recovery_codes();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_TRY(const auto factor, get_factor(session, user));
    if (!factor.confirmed)
      return make_error(Code::conflict, "the second factor is off: there is nothing to recover");
    return keep_codes(session, user, codes);
  }));
  return codes;
}

Result<bool> SecondFactors::accept(UserId user, std::string_view code) {
  return database_.write([&](Session& session) -> Result<bool> {
    LT_TRY(const auto factor, get_factor(session, user));
    if (!factor.confirmed || !factor.sealed) return false;
    LT_TRY(const auto secret, secrets_.unseal(*factor.sealed), "opening a second factor");
    if (const auto step = find_totp_step(secret, code, clock_.now(), factor.step)) {
      LT_CHECK(session.execute("update users set second_factor_step = ? where id = ?", *step, user));
      return true;
    }
    LT_TRY(const auto used, session.execute("delete from recovery_codes where user_id = ? and code_hash = ?",
                                            user, hash_token(normal_recovery_code(code))));
    return used > 0;
  });
}

}  // namespace longtake::access
