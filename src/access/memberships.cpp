#include "access/memberships.h"

#include "access/person_rows.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view member_columns =
    "select u.id, u.email, u.name, m.role, u.superadmin, u.disabled_us is not null, "
    "u.address_proven_us is not null, u.last_seen_us "
    "from memberships m join users u on u.id = m.user_id "
    "where m.organization_id = ? and u.erased_us is null";
constexpr std::string_view select_memberships =
    "select o.id, o.slug, o.name, m.role from memberships m join organizations o on o.id = m.organization_id "
    "where m.user_id = ? and o.removed_us is null order by lower(o.name), o.id";
constexpr std::string_view select_open =
    "select o.id, o.slug, o.name, u.superadmin, coalesce(m.role, '') from users u join organizations o on "
    "o.removed_us is null left join memberships m on m.organization_id = o.id and m.user_id = u.id where "
    "u.id = ? and (u.superadmin = 1 or m.user_id is not null) order by lower(o.name), o.id";
constexpr std::string_view upsert_membership =
    "insert into memberships (user_id, organization_id, role) values (?, ?, ?) "
    "on conflict (user_id, organization_id) do update set role = excluded.role";

constexpr auto make_member = [](UserId user, std::string email, std::string name, std::string role,
                                std::int64_t superadmin, std::int64_t disabled, std::int64_t address_proven,
                                std::optional<WallTime> last_seen) {
  return Member{.user = user,
                .email = std::move(email),
                .name = std::move(name),
                .role = find_role(role).value_or(Role::reader),
                .superadmin = superadmin != 0,
                .disabled = disabled != 0,
                .address_proven = address_proven != 0,
                .last_seen = last_seen};
};

Result<Member> get_member(Session& session, OrganizationId organization, UserId user) {
  LT_TRY(auto found,
         session.find(fmt::format("{} and u.id = ?", member_columns), make_member, organization, user));
  if (!found) return make_error(Code::not_found, "there is no such member");
  return *std::move(found);
}

/// Whoever was given a role, or had it taken, does not change it by an older invitation.
Status end_invitations(Session& session, OrganizationId organization, UserId user) {
  LT_CHECK(session.execute(
      "delete from invitations where organization_id = ? and email = (select email from users where id = ?)",
      organization, user));
  return {};
}

}  // namespace

Status check_role(Session& session, OrganizationId organization, Role role) {
  LT_TRY(const auto kind, session.find(
                              "select kind from organizations where id = ? and removed_us is null",
                              [](std::string k) { return k; }, organization));
  if (!kind) return make_error(Code::not_found, "there is no such organization");
  if (!suits(role, find_organization_kind(*kind).value_or(OrganizationKind::desk)))
    return make_error(Code::invalid, "role: {} is no role of a {}; {}", to_string(role), *kind,
                      *kind == "club" ? "owner and player are" : "manager, editor and reader are");
  return {};
}

Status set_membership(Session& session, OrganizationId organization, UserId user, Role role) {
  LT_CHECK(check_role(session, organization, role));
  LT_TRY(const auto known,
         session.find(
             "select id from users where id = ? and erased_us is null", [](UserId id) { return id; }, user));
  if (!known) return make_error(Code::not_found, "there is no such person");
  LT_CHECK(session.execute(upsert_membership, user, organization, std::string{to_string(role)}));
  LT_CHECK(end_invitations(session, organization, user));
  LT_CHECK(renew_sessions(session, user));
  return {};
}

Result<std::vector<Membership>> organizations_open_to(Session& session, UserId user) {
  return session.query(
      select_open,
      [](OrganizationId id, std::string slug, std::string name, std::int64_t superadmin, std::string role) {
        return Membership{id, std::move(slug), std::move(name), role_of(superadmin, role)};
      },
      user);
}

Result<std::vector<Membership>> memberships_of(Session& session, UserId user) {
  return session.query(
      select_memberships,
      [](OrganizationId id, std::string slug, std::string name, std::string role) {
        return Membership{id, std::move(slug), std::move(name), find_role(role).value_or(Role::reader)};
      },
      user);
}

Result<std::vector<Member>> Memberships::list(OrganizationId organization, const NamedPlace& after,
                                              std::size_t limit) const {
  static const auto select = fmt::format(
      "{} and (? = 0 or (lower(u.name), u.id) > (lower(?), ?)) order by lower(u.name), u.id limit ?",
      member_columns);
  return database_.read([&](Session& session) {
    return session.query(select, make_member, organization, after.id, after.name, after.id, limit);
  });
}

Result<Member> Memberships::get(OrganizationId organization, UserId user) const {
  return database_.read([&](Session& session) { return get_member(session, organization, user); });
}

Result<std::vector<Membership>> Memberships::of(UserId user) const {
  return database_.read([&](Session& session) { return memberships_of(session, user); });
}

Result<std::optional<Role>> Memberships::find_role(OrganizationId organization, UserId user) const {
  LT_TRY(const auto role, database_.read([&](Session& session) {
    return session.find(
        "select m.role from memberships m join organizations o on o.id = m.organization_id where "
        "m.organization_id = ? and m.user_id = ? and o.removed_us is null",
        [](std::string r) { return r; }, organization, user);
  }));
  if (!role) return std::optional<Role>{};
  return access::find_role(*role);
}

Result<Member> Memberships::set(OrganizationId organization, UserId user, Role role) {
  return database_.write([&](Session& session) -> Result<Member> {
    LT_CHECK(set_membership(session, organization, user, role));
    return get_member(session, organization, user);
  });
}

Status Memberships::remove(OrganizationId organization, UserId user) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(get_member(session, organization, user));
    LT_CHECK(end_invitations(session, organization, user));
    LT_CHECK(session.execute("delete from memberships where organization_id = ? and user_id = ?",
                             organization, user));
    LT_CHECK(renew_sessions(session, user));
    return {};
  });
}

}  // namespace longtake::access
