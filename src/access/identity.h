#pragma once
// Who is asking, and what they may. The rest of product.md's roles arrive with the rooms they act in.

#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"

namespace longtake::access {

enum class Role { superadmin, manager, editor, reader };
std::string_view to_string(Role role);
std::optional<Role> find_role(std::string_view text);

/// What a request needs; a role either has it or not.
enum class Permission {
  be_known,       ///< nothing but being signed in
  watch,          ///< see channels, timelines and footage
  edit_channels,  ///< add, edit, start, stop, remove; test sources
};
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
