#include "access/privacy.h"

#include <array>

#include "access/person_rows.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view select_shares =
    "select id, title, created_us, expires_us from shares where created_by = ? order by id";
constexpr std::string_view select_layouts =
    "select o.name, l.name, l.updated_us from layouts l join organizations o on o.id = l.organization_id "
    "where l.user_id = ? order by l.id";
constexpr std::string_view select_sent =
    "select o.name, i.email, i.created_us from invitations i join organizations o on o.id = "
    "i.organization_id "
    "where i.created_by = ? order by i.id";
constexpr std::string_view select_received =
    "select o.name, i.email, i.created_us from invitations i join organizations o on o.id = "
    "i.organization_id "
    "join users u on u.email = i.email where u.id = ? order by i.id";
constexpr std::string_view select_providers =
    "select issuer, subject, created_us from openid_identities where user_id = ? order by issuer, subject";

constexpr std::array<std::string_view, 10> erasures = {
    "delete from layouts where user_id = ?",
    "delete from viewing_facts where user_id = ?",
    "delete from user_sessions where user_id = ?",
    "delete from api_tokens where user_id = ?",
    "delete from memberships where user_id = ?",
    "delete from recovery_codes where user_id = ?",
    "delete from password_resets where user_id = ?",
    "delete from openid_identities where user_id = ?",
    "delete from invitations where created_by = ?",
    "delete from invitations where email = (select email from users where id = ?)",
};
// Addresses are unique: the number stands for the address. Nobody can sign in there: it has no password, and
// no letter reaches it (RFC 2606).
constexpr std::string_view blank_person =
    "update users set email = 'erased-' || id || '@erased.invalid', name = '', password_hash = '', "
    "superadmin = 0, "
    "second_factor_sealed = null, second_factor_confirmed = 0, second_factor_step = 0, "
    "address_proven_us = null, disabled_us = coalesce(disabled_us, ?), erased_us = ? where id = ? and "
    "erased_us is null";

}  // namespace

Result<PersonRecords> Privacy::records(UserId user) const {
  const auto make_invitation = [](std::string organization, std::string email, WallTime created) {
    return PersonRecords::Invitation{std::move(organization), std::move(email), created};
  };
  return database_.read([&](Session& session) -> Result<PersonRecords> {
    PersonRecords out;
    LT_TRY(out.shares,
           session.query(
               select_shares,
               [](std::int64_t id, std::string title, WallTime created, WallTime expires) {
                 return PersonRecords::Share{std::to_string(id), std::move(title), created, expires};
               },
               user));
    LT_TRY(out.layouts, session.query(
                            select_layouts,
                            [](std::string organization, std::string name, WallTime updated) {
                              return PersonRecords::Layout{std::move(organization), std::move(name), updated};
                            },
                            user));
    LT_TRY(out.sent, session.query(select_sent, make_invitation, user));
    LT_TRY(out.received, session.query(select_received, make_invitation, user));
    LT_TRY(out.providers,
           session.query(
               select_providers,
               [](std::string issuer, std::string subject, WallTime created) {
                 return PersonRecords::Provider{std::move(issuer), std::move(subject), created};
               },
               user));
    return out;
  });
}

Status Privacy::erase(UserId user) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Status {
    for (const auto sql : erasures)
      LT_CHECK(session.execute(sql, user));
    LT_TRY(const auto changed, session.execute(blank_person, now, now, user));
    if (changed == 0) return make_error(Code::not_found, "there is no such person");
    return keep_a_superadmin(session, "this");
  });
}

Result<std::int64_t> Privacy::expire() {
  const auto now = clock_.now();
  const std::array<std::pair<std::string_view, WallTime>, 7> endings = {{
      {"delete from user_sessions where expires_us < ?", now},
      {"delete from password_resets where expires_us < ?", now},
      {"delete from openid_attempts where expires_us < ?", now},
      {"delete from invitations where expires_us < ?", now - keep_ended},
      {"delete from api_tokens where expires_us < ?", now - keep_ended},
      {"delete from shares where coalesce(revoked_us, expires_us) < ?", now - keep_ended},
      // A key goes when a newer one has signed every link that may be open.
      {"delete from signing_keys where id < (select max(id) from signing_keys where created_us < ?)",
       now - keep_keys},
  }};
  return database_.write([&](Session& session) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (const auto& [sql, before] : endings) {
      LT_TRY(const auto rows, session.execute(sql, before));
      removed += rows;
    }
    return removed;
  });
}

}  // namespace longtake::access
