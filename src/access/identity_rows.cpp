#include "access/identity_rows.h"

#include "access/person_rows.h"

namespace longtake::access {
namespace {

constexpr std::string_view select_first =
    "select o.id from organizations o left join memberships m on m.organization_id = o.id and m.user_id = ? "
    "where o.removed_us is null and (m.user_id is not null or "
    "exists (select 1 from users u where u.id = ? and u.superadmin = 1)) "
    "order by m.user_id is null, o.id limit 1";

}  // namespace

Identity make_identity(UserId user, std::string email, std::string name, std::int64_t superadmin,
                       const std::string& role, OrganizationId organization, std::string slug,
                       std::string organization_name, const std::string& kind, std::string time_zone,
                       std::string language) {
  Identity out{.user = user,
               .email = std::move(email),
               .name = std::move(name),
               .superadmin = superadmin != 0,
               .role = role_of(superadmin, role)};
  if (role.empty() && !out.superadmin) return out;
  out.permissions = permissions_of(out.role);
  out.organization = organization;
  out.organization_slug = std::move(slug);
  out.organization_name = std::move(organization_name);
  out.organization_kind = find_organization_kind(kind).value_or(OrganizationKind::desk);
  out.time_zone = std::move(time_zone);
  out.language = std::move(language);
  return out;
}

Result<std::optional<OrganizationId>> find_first_organization(storage::sql::Session& session, UserId user) {
  return session.find(
      select_first, [](OrganizationId id) { return id; }, user, user);
}

Error no_organization() {
  return make_error(Code::forbidden, "you belong to no organization: ask somebody there to invite you")
      .named("no-organization");
}

}  // namespace longtake::access
