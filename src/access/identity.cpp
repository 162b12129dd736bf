#include "access/identity.h"

#include <array>
#include <utility>

namespace longtake::access {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> role_names = {{{Role::superadmin, "superadmin"},
                                                                          {Role::manager, "manager"},
                                                                          {Role::editor, "editor"},
                                                                          {Role::reader, "reader"}}};

}  // namespace

std::string_view to_string(Role role) {
  for (const auto& [value, name] : role_names)
    if (value == role) return name;
  return "reader";
}

std::optional<Role> find_role(std::string_view text) {
  for (const auto& [value, name] : role_names)
    if (name == text) return value;
  return {};
}

bool may(Role role, Permission permission) {
  switch (permission) {
    case Permission::be_known:
      return true;
    case Permission::watch:
      return role != Role::reader;
    case Permission::edit_channels:
      return role == Role::superadmin || role == Role::manager;
  }
  return false;
}

}  // namespace longtake::access
