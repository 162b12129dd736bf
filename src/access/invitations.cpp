#include "access/invitations.h"

#include "access/address_proof.h"
#include "access/audit.h"
#include "access/memberships.h"
#include "access/person_rows.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_invitation =
    "insert into invitations (organization_id, email, role, token_hash, created_by, created_us, expires_us, "
    "mailed) values (?, ?, ?, ?, ?, ?, ?, ?) returning id";
constexpr std::string_view select_list =
    "select id, email, role, created_us, expires_us, mailed from invitations where organization_id = ? and "
    "expires_us > ? order by id desc";
constexpr std::string_view count_open =
    "select count(*) from invitations where organization_id = ? and expires_us > ?";
/// With what its maker is in the organization now: "" where they are no member.
constexpr std::string_view select_open =
    "select i.id, o.id, o.name, i.email, i.role, exists (select 1 from users u where u.email = i.email), "
    "i.mailed, b.superadmin, coalesce(m.role, '') "
    "from invitations i join organizations o on o.id = i.organization_id "
    "join users b on b.id = i.created_by "
    "left join memberships m on m.user_id = b.id and m.organization_id = o.id "
    "where i.token_hash = ? and i.expires_us > ? and o.removed_us is null and b.disabled_us is null and "
    "b.erased_us is null";
constexpr std::string_view select_member =
    "select u.id from users u join memberships m on m.user_id = u.id where u.email = ? and "
    "m.organization_id = ?";
constexpr std::string_view insert_user =
    "insert into users (email, name, password_hash, superadmin, created_us) values (?, ?, ?, 0, ?) returning "
    "id";

/// Nothing when who made it may no longer invite there: neither they nor who has their link comes back by it.
constexpr auto make_open = [](InvitationId id, OrganizationId organization, std::string name,
                              std::string email, std::string role, std::int64_t known, std::int64_t mailed,
                              std::int64_t superadmin,
                              std::string maker_role) -> std::optional<OpenInvitation> {
  if (!superadmin && maker_role.empty()) return {};
  if (!may(role_of(superadmin, maker_role), Permission::manage_members)) return {};
  return OpenInvitation{.id = id,
                        .organization = organization,
                        .organization_name = std::move(name),
                        .email = std::move(email),
                        .role = find_role(role).value_or(Role::reader),
                        .known = known != 0,
                        .mailed = mailed != 0};
};

Result<OpenInvitation> get_open(Session& session, const std::string& hash, WallTime now) {
  LT_TRY(auto found, session.find(select_open, make_open, hash, now));
  if (!found || !*found)
    return make_error(Code::not_found, "this invitation was used, taken back, or is over: ask for another");
  return **std::move(found);
}

Error already_member(const std::string& email) {
  return make_error(Code::conflict, "{} is a member already", email).named("already-member");
}

/// The link is used up, and its person is a member.
Status admit(Session& session, const OpenInvitation& open, const std::string& hash,
             const std::pair<WallTime, Deed>& told) {
  LT_TRY(const auto member, session.find(
                                select_member, [](UserId id) { return id; }, open.email, open.organization));
  if (member) return already_member(open.email);
  LT_CHECK(set_membership(session, open.organization, told.second.actor, open.role));
  if (open.mailed) LT_CHECK(keep_address_proven(session, told.second.actor, told.first));
  LT_CHECK(session.execute("delete from invitations where token_hash = ?", hash));
  return Audit::append(session, told.first, told.second);
}

/// An entry of their own beside the sign-in.
Deed accepted(const OpenInvitation& open, UserId user, const std::string& remote) {
  return {.organization = open.organization,
          .actor = user,
          .kind = ActorKind::user,
          .action = "invitation.accept",
          .thing = "member",
          .thing_id = to_string(user),
          .remote = remote,
          .after = fmt::format(R"({{"role":"{}","invitation":"{}"}})", to_string(open.role), open.id)};
}

}  // namespace

Result<Invitations::Made> Invitations::create(const NewInvitation& wanted, const Mail& mail) {
  LT_CHECK(check_email(wanted.email));
  const auto email = lower(wanted.email);
  const auto token = make_token();
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Result<Made> {
    LT_CHECK(check_role(session, wanted.organization, wanted.role));
    LT_TRY(const auto member, session.find(
                                  select_member, [](UserId id) { return id; }, email, wanted.organization));
    if (member) return already_member(email);
    LT_CHECK(session.execute("delete from invitations where organization_id = ? and email = ?",
                             wanted.organization, email));
    LT_TRY(const auto open, session.find(
                                count_open, [](std::int64_t n) { return n; }, wanted.organization, now));
    if (open.value_or(0) >= most_open)
      return make_error(Code::conflict, "{} invitations are open: take some back, or wait until they end",
                        most_open);
    LT_TRY(const auto id,
           session.insert(insert_invitation, wanted.organization, email, std::string{to_string(wanted.role)},
                          hash_token(token), wanted.by, now, now + life, wanted.mailed));
    Made made{{InvitationId{id}, email, wanted.role, now, now + life, wanted.mailed}, token};
    if (wanted.mailed && !mail(made)) {
      made.invitation.mailed = false;
      LT_CHECK(session.execute("update invitations set mailed = 0 where id = ?", id));
    }
    return made;
  });
}

Result<std::vector<Invitation>> Invitations::list(OrganizationId organization) const {
  return database_.read([&](Session& session) {
    return session.query(
        select_list,
        [](InvitationId id, std::string email, std::string role, WallTime created, WallTime expires,
           std::int64_t mailed) {
          return Invitation{id,      std::move(email), find_role(role).value_or(Role::reader),
                            created, expires,          mailed != 0};
        },
        organization, clock_.now());
  });
}

Status Invitations::revoke(OrganizationId organization, InvitationId id) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto gone,
           session.execute("delete from invitations where id = ? and organization_id = ?", id, organization));
    if (gone == 0) return make_error(Code::not_found, "there is no such invitation");
    return {};
  });
}

Result<OpenInvitation> Invitations::get(std::string_view token) const {
  return database_.read([&](Session& session) { return get_open(session, hash_token(token), clock_.now()); });
}

Status Invitations::accept(std::string_view token, const Acceptance& acceptance) {
  const auto hash = hash_token(token);
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto open, get_open(session, hash, clock_.now()));
    LT_CHECK(check_still(session, acceptance.who));
    LT_TRY(const auto email, session.find(
                                 "select email from users where id = ? and disabled_us is null",
                                 [](std::string e) { return e; }, acceptance.who.user));
    if (email != open.email)
      return make_error(Code::forbidden, "this invitation is for {}: sign out first", open.email);
    return admit(session, open, hash, {clock_.now(), accepted(open, acceptance.who.user, acceptance.remote)});
  });
}

Result<Proven> Invitations::accept_as_new(std::string_view token, const Newcomer& newcomer) {
  const auto hash = hash_token(token);
  // The password's hash takes its time: it is made outside of the write that uses the link up.
  LT_TRY(const auto before, get(token));
  LT_CHECK(check_password_rules(newcomer.password, before.email));
  LT_TRY(const auto password, hash_password(newcomer.password));
  return database_.write([&](Session& session) -> Result<Proven> {
    LT_TRY(const auto open, get_open(session, hash, clock_.now()));
    if (open.known) return make_error(Code::conflict, "{} has an account: use its password", open.email);
    const auto name = newcomer.name.empty() ? open.email.substr(0, open.email.find('@')) : newcomer.name;
    LT_TRY(const auto id, session.insert(insert_user, open.email, name, password, clock_.now()));
    LT_CHECK(admit(session, open, hash, {clock_.now(), accepted(open, UserId{id}, newcomer.remote)}));
    return Proven{UserId{id}, password};
  });
}

}  // namespace longtake::access
