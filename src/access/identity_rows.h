#pragma once
// How rows become an Identity: shared by sessions and tokens.

#include <optional>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "base/result.h"
#include "storage/sql/session.h"

namespace longtake::access {

/// A row of `u` (users), `o` (the organization they act in, or null) and `m` (their membership, or null).
inline constexpr std::string_view identity_columns =
    "u.id, u.email, u.name, u.superadmin, coalesce(m.role, ''), o.id, o.slug, o.name, o.kind, o.time_zone, "
    "o.language";
/// What follows a row that has `user_id` and `organization_id`; {0} is its alias.
inline constexpr std::string_view identity_joins =
    "join users u on u.id = {0}.user_id left join organizations o on o.id = {0}.organization_id and "
    "o.removed_us is null left join memberships m on m.user_id = u.id and m.organization_id = o.id";
inline constexpr std::string_view is_active = "u.disabled_us is null and u.erased_us is null";

/// Without an organization when the person may not act in the one that the row names.
Identity make_identity(UserId user, std::string email, std::string name, std::int64_t superadmin,
                       const std::string& role, OrganizationId organization, std::string slug,
                       std::string organization_name, const std::string& kind, std::string time_zone,
                       std::string language);

/// Where somebody acts who has not chosen, or may no longer act where they did: their first organization; for
/// superadmins without one, the site's first.
Result<std::optional<OrganizationId>> find_first_organization(storage::sql::Session& session, UserId user);

/// forbidden: they belong to no organization.
Error no_organization();

}  // namespace longtake::access
