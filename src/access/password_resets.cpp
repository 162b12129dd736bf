#include "access/password_resets.h"

#include "access/address_proof.h"
#include "access/audit.h"
#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_person =
    "select u.id, u.email, coalesce((select o.language from memberships m join organizations o on o.id = "
    "m.organization_id where m.user_id = u.id order by o.id limit 1), 'en') from users u where u.email = ? "
    "and "
    "u.disabled_us is null";
constexpr std::string_view select_reset =
    "select u.id, u.email from password_resets r join users u on u.id = r.user_id where r.token_hash = ? and "
    "r.expires_us > ? and u.disabled_us is null";

struct Person {
  UserId id;
  std::string email;
  std::string language;
};

Error no_such_link() {
  return make_error(Code::not_found, "this link was used, or is older than an hour: ask for another");
}

}  // namespace

Result<std::optional<PasswordResets::Begun>> PasswordResets::begin(const std::string& email) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<std::optional<Begun>> {
    LT_CHECK(session.execute("delete from password_resets where expires_us <= ?", now));
    LT_TRY(const auto person, session.find(
                                  select_person,
                                  [](UserId id, std::string address, std::string language) {
                                    return Person{id, std::move(address), std::move(language)};
                                  },
                                  lower(email)));
    if (!person) return std::optional<Begun>{};
    auto token = make_token();
    LT_CHECK(session.execute("delete from password_resets where user_id = ?", person->id));
    LT_CHECK(session.execute("insert into password_resets (token_hash, user_id, expires_us) values (?, ?, ?)",
                             hash_token(token), person->id, now + life));
    return std::optional{Begun{std::move(token), person->email, person->language}};
  });
}

Result<PasswordResets::Finished> PasswordResets::finish(const Finishing& finishing) {
  const auto& password = finishing.password;
  const auto find = [&](Session& session) {
    return session.find(
        select_reset,
        [](UserId id, std::string email) {
          return Person{id, std::move(email), {}};
        },
        hash_token(finishing.token), clock_.now());
  };
  // The hash takes its time: it is made outside of the write that uses the link up.
  LT_TRY(const auto person, database_.read(find));
  if (!person) return no_such_link();
  LT_CHECK(check_password_rules(password, person->email));
  LT_TRY(const auto hash, hash_password(password));
  return database_.write([&](Session& session) -> Result<Finished> {
    LT_TRY(const auto still, find(session));
    if (!still) return no_such_link();
    LT_TRY(const bool claimed,
           claim_address(session, {.user = still->id, .by = AddressProof::letter, .remote = finishing.remote},
                         clock_.now()));
    LT_CHECK(session.execute("update users set password_hash = ? where id = ?", hash, still->id));
    LT_CHECK(session.execute("delete from password_resets where user_id = ?", still->id));
    LT_CHECK(session.execute("delete from user_sessions where user_id = ?", still->id));
    LT_CHECK(Audit::append(session, clock_.now(),
                           {.actor = still->id,
                            .kind = ActorKind::user,
                            .action = "password.reset",
                            .thing = "password",
                            .remote = finishing.remote}));
    return Finished{still->id, claimed};
  });
}

}  // namespace longtake::access
