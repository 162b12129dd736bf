#pragma once
// How rows become an Identity: shared by sessions and tokens.

#include <string>
#include <string_view>

#include "access/person_rows.h"

namespace longtake::access {

// A person's first organization is the one they act in until they can switch.
inline constexpr std::string_view identity_columns =
    "u.id, u.email, u.name, u.superadmin, m.role, o.id, o.slug, o.name "
    "from users u join memberships m on m.user_id = u.id join organizations o on o.id = m.organization_id";

inline constexpr auto make_identity =
    [](UserId user, std::string email, std::string name, std::int64_t superadmin, std::string role,
       OrganizationId organization, std::string slug, std::string organization_name) {
      return Identity{.user = user,
                      .email = std::move(email),
                      .name = std::move(name),
                      .role = role_of(superadmin, role),
                      .organization = organization,
                      .organization_slug = std::move(slug),
                      .organization_name = std::move(organization_name)};
    };

}  // namespace longtake::access
