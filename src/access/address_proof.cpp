#include "access/address_proof.h"

#include <array>

#include "access/audit.h"
#include "storage/sql/session.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view keep_proven =
    "update users set address_proven_us = ? where id = ? and address_proven_us is null";
constexpr std::string_view end_shares =
    "update shares set revoked_us = ? where created_by = ? and revoked_us is null";
constexpr std::array<std::string_view, 6> endings = {
    "update users set password_hash = '', second_factor_sealed = null, second_factor_confirmed = 0, "
    "second_factor_step = 0 where id = ?",
    "delete from recovery_codes where user_id = ?",
    "delete from password_resets where user_id = ?",
    "delete from user_sessions where user_id = ?",
    "delete from api_tokens where user_id = ?",
    "delete from invitations where created_by = ?",
};

std::string_view to_string(AddressProof by) {
  return by == AddressProof::letter ? "letter" : "provider";
}

}  // namespace

Status keep_address_proven(Session& session, UserId user, WallTime now) {
  LT_CHECK(session.execute(keep_proven, now, user));
  return {};
}

Result<bool> claim_address(Session& session, const ProvenAddress& proven, WallTime now) {
  LT_TRY(const auto first, session.execute(keep_proven, now, proven.user));
  if (first == 0) return false;
  for (const auto sql : endings)
    LT_CHECK(session.execute(sql, proven.user));
  LT_CHECK(session.execute(end_shares, now, proven.user));
  LT_CHECK(Audit::append(session, now,
                         {.actor = proven.user,
                          .kind = ActorKind::user,
                          .action = "person.prove_address",
                          .thing = "person",
                          .thing_id = longtake::to_string(proven.user),
                          .remote = proven.remote,
                          .after = fmt::format(R"({{"by":"{}"}})", to_string(proven.by))}));
  return true;
}

}  // namespace longtake::access
