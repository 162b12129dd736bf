#include "access/proofs.h"

#include <utility>

#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_by_email =
    "select id, password_hash from users where email = ? and disabled_us is null";
constexpr std::string_view select_by_id =
    "select id, password_hash from users where id = ? and disabled_us is null";

// The one before is not good for a moment longer, as it is after a change of role: it may be stolen.
constexpr std::string_view replace_token =
    "update user_sessions set token_hash = ?, renew = 0, replaced_hash = null, replaced_until_us = null "
    "where id = ? and user_id = ?";

constexpr std::string_view bad_credentials = "bad-credentials";
constexpr std::string_view second_factor = "second-factor";

/// Without a hash: signs in with a provider only.
constexpr auto make_credentials = [](UserId user, std::string hash) { return Proven{user, std::move(hash)}; };

Error wrong_credentials() {
  return make_error(Code::forbidden, "e-mail address or password is wrong")
      .named(std::string{bad_credentials});
}

/// Costs the same whoever is asked about.
bool matches(const std::optional<Proven>& found, const std::string& password) {
  if (found && !found->password_hash.empty()) return verify_password(password, found->password_hash);
  waste_verification(password);
  return false;
}

/// Whether the failure says something about the proof: others (a busy database) are not the person's.
bool is_wrong_proof(const Error& error) {
  return error.kind() == bad_credentials || error.kind() == second_factor;
}

}  // namespace

std::optional<std::chrono::seconds> Proofs::wait(const Tries::Key& key) {
  return tries_.wait({lower(key.account), key.address});
}

Result<Proven> Proofs::prove(const Claim& claim) {
  const Tries::Key key{lower(claim.email), claim.address};
  if (const auto pause = tries_.begin(key)) return too_many_tries(*pause);
  auto proven = check(claim);
  if (proven)
    tries_.succeeded(key);
  else if (!is_wrong_proof(proven.error()) || (proven.error().kind() == second_factor && !claim.code))
    tries_.take_back(key);
  return proven;
}

Result<Proven> Proofs::check(const Claim& claim) {
  LT_TRY(auto found, database_.read([&](Session& session) {
    return session.find(select_by_email, make_credentials, lower(claim.email));
  }));
  if (!matches(found, claim.password)) return wrong_credentials();
  LT_TRY(const bool needs_code, factors_.is_on(found->user));
  if (!needs_code) return *std::move(found);
  if (!claim.code)
    return make_error(Code::forbidden, "give a code of your authenticator app, or a recovery code")
        .named(std::string{second_factor});
  LT_TRY(const bool right, factors_.accept(found->user, *claim.code));
  if (!right)
    return make_error(Code::forbidden, "this code is wrong, or was used before")
        .named(std::string{second_factor});
  return *std::move(found);
}

Status Proofs::check_password(UserId user, const std::string& password) {
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(select_by_id, make_credentials, user);
  }));
  if (!matches(found, password))
    return make_error(Code::forbidden, "the present password is wrong").named(std::string{bad_credentials});
  return {};
}

Status Proofs::prove_password(const Known& known, const std::string& password) {
  const auto key = known.key();
  if (const auto pause = tries_.begin(key)) return too_many_tries(*pause);
  auto status = check_password(known.user, password);
  if (status)
    tries_.succeeded(key);
  else if (!is_wrong_proof(status.error()))
    tries_.take_back(key);
  return status;
}

Result<std::string> Proofs::change_password(const Known& known, const PasswordChange& change) {
  LT_CHECK(prove_password(known, change.present));
  LT_CHECK(check_password_rules(change.password, known.email));
  LT_TRY(const auto hash, hash_password(change.password));
  auto token = make_token();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    // First: whoever set another password since the proof (by a link, or elsewhere) has ended this session.
    LT_TRY(const auto goes_on, session.execute(replace_token, hash_token(token), change.session, known.user));
    if (goes_on == 0) return make_error(Code::conflict, "this session was ended meanwhile: sign in again");
    LT_CHECK(session.execute("update users set password_hash = ? where id = ?", hash, known.user));
    LT_CHECK(session.execute("delete from password_resets where user_id = ?", known.user));
    LT_CHECK(session.execute("delete from user_sessions where user_id = ? and id <> ?", known.user,
                             change.session));
    return {};
  }));
  return token;
}

Result<SecondFactors::Secret> Proofs::begin_factor(const Known& known, const std::string& password) {
  LT_CHECK(prove_password(known, password));
  return factors_.begin(known.user);
}

Result<std::vector<std::string>> Proofs::renew_codes(const Known& known, const std::string& password) {
  LT_CHECK(prove_password(known, password));
  return factors_.renew_codes(known.user);
}

Result<std::vector<std::string>> Proofs::confirm_factor(const Known& known, const std::string& code) {
  const auto key = known.key();
  if (const auto pause = tries_.begin(key)) return too_many_tries(*pause);
  auto codes = factors_.confirm(known.user, code);
  // No success: whoever stole a session can confirm a secret of their own, and would try passwords afresh.
  if (codes || codes.error().code() != Code::invalid) tries_.take_back(key);
  return codes;
}

}  // namespace longtake::access
