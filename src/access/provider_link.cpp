#include "access/provider_link.h"

#include "access/address_proof.h"
#include "access/audit.h"
#include "access/person_rows.h"
#include "storage/sql/session.h"

namespace longtake::access {
namespace {

constexpr std::string_view select_linked =
    "select u.id from openid_identities i join users u on u.id = i.user_id where i.issuer = ? and i.subject "
    "= ? and u.disabled_us is null";
constexpr std::string_view select_person = "select id from users where email = ? and disabled_us is null";
constexpr std::string_view select_other_link =
    "select user_id from openid_identities where issuer = ? and user_id = ?";
constexpr std::string_view link =
    "insert into openid_identities (issuer, subject, user_id, created_us) values (?, ?, ?, ?)";

constexpr auto take_user = [](UserId id) { return id; };

Error refused(std::string_view name, std::string_view why) {
  return make_error(Code::forbidden, "{}", why).named(std::string{name});
}

Result<ProviderLink> claim(storage::sql::Session& session, UserId user, const Vouched& vouched,
                           WallTime now) {
  LT_TRY(const bool first,
         claim_address(session, {.user = user, .by = AddressProof::provider, .remote = vouched.remote}, now));
  return ProviderLink{user, first};
}

}  // namespace

Result<ProviderLink> find_or_link(storage::sql::Session& session, const Vouched& vouched, WallTime now) {
  const auto& claims = vouched.claims;
  LT_TRY(const auto linked, session.find(select_linked, take_user, vouched.issuer, claims.subject));
  if (linked) return claim(session, *linked, vouched, now);
  if (!claims.email) return refused("provider-unverified", "the provider tells no e-mail address");
  if (!claims.email_verified)
    return refused("provider-unverified", "the provider has not verified the e-mail address");
  LT_TRY(const auto person, session.find(select_person, take_user, lower(*claims.email)));
  if (!person) return refused("provider-unknown", "nobody here has this e-mail address");
  // An address may be given to somebody else one day; the account of who had it is not.
  LT_TRY(const auto other, session.find(select_other_link, take_user, vouched.issuer, *person));
  if (other) return refused("provider-unknown", "this address belongs to another account of the provider");
  LT_CHECK(session.execute(link, vouched.issuer, claims.subject, *person, now));
  LT_CHECK(Audit::append(session, now,
                         {.actor = *person,
                          .kind = ActorKind::user,
                          .action = "person.link_provider",
                          .thing = "person",
                          .thing_id = to_string(*person),
                          .remote = vouched.remote}));
  return claim(session, *person, vouched, now);
}

}  // namespace longtake::access
