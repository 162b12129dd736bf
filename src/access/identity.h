#pragma once
// Who is asking, and what they may. docs/reference/permissions.md is the table of roles and operations.

#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"

namespace longtake::access {

/// manager, editor and reader act in a desk; owner and player in a club; superadmins everywhere.
enum class Role { superadmin, manager, editor, reader, owner, player };
std::string_view to_string(Role role);
std::optional<Role> find_role(std::string_view text);

/// What a request needs; a role either has it or not.
enum class Permission {
  be_known,        ///< nothing but being signed in
  watch,           ///< see channels, timelines and footage
  edit_channels,   ///< add, edit, start, stop, remove; test sources
  manage_members,  ///< invite people to the organization, change their roles, edit the organization
  read_audit,      ///< of the organization
  share,           ///< make links and shares, revoke own ones
  manage_site,     ///< organizations, people, keys of the whole site
};
std::string_view to_string(Permission permission);
std::optional<Permission> find_permission(std::string_view text);
bool may(Role role, Permission permission);

struct Identity {
  UserId user;
  std::string email;
  std::string name;
  Role role = Role::reader;
  OrganizationId organization;
  std::string organization_slug;
  std::string organization_name;
};

}  // namespace longtake::access
