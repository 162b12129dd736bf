#include "access/identity.h"

#include <array>
#include <utility>

namespace longtake::access {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> role_names = {{{Role::superadmin, "superadmin"},
                                                                          {Role::manager, "manager"},
                                                                          {Role::editor, "editor"},
                                                                          {Role::reader, "reader"},
                                                                          {Role::owner, "owner"},
                                                                          {Role::player, "player"}}};

constexpr std::array<std::pair<Permission, std::string_view>, 11> permission_names = {
    {{Permission::be_known, "be_known"},
     {Permission::watch, "watch"},
     {Permission::edit_channels, "edit_channels"},
     {Permission::manage_members, "manage_members"},
     {Permission::read_audit, "read_audit"},
     {Permission::share, "share"},
     {Permission::cut_clips, "cut_clips"},
     {Permission::read_notes, "read_notes"},
     {Permission::write_notes, "write_notes"},
     {Permission::manage_notes, "manage_notes"},
     {Permission::manage_site, "manage_site"}}};

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

std::string_view to_string(Permission permission) {
  for (const auto& [value, name] : permission_names)
    if (value == permission) return name;
  return "be_known";
}

std::optional<Permission> find_permission(std::string_view text) {
  for (const auto& [value, name] : permission_names)
    if (name == text) return value;
  return {};
}

bool may(Role role, Permission permission) {
  const bool leads = role == Role::superadmin || role == Role::manager || role == Role::owner;
  const bool runs_desk = role == Role::superadmin || role == Role::manager;
  switch (permission) {
    case Permission::be_known:
      return true;
    case Permission::watch:
    case Permission::share:
    case Permission::cut_clips:
      return leads || role == Role::editor;
    case Permission::edit_channels:
    case Permission::manage_members:
    case Permission::read_audit:
      return leads;
    case Permission::read_notes:
    case Permission::write_notes:
      return runs_desk || role == Role::editor;
    case Permission::manage_notes:
      return runs_desk;
    case Permission::manage_site:
      return role == Role::superadmin;
  }
  return false;
}

Permissions permissions_of(Role role) {
  Permissions out;
  for (const auto& [permission, name] : permission_names)
    if (may(role, permission)) out = out | Permissions{permission};
  return out;
}

std::string_view to_string(OrganizationKind kind) {
  return kind == OrganizationKind::club ? "club" : "desk";
}

std::optional<OrganizationKind> find_organization_kind(std::string_view text) {
  if (text == "desk") return OrganizationKind::desk;
  if (text == "club") return OrganizationKind::club;
  return {};
}

bool suits(Role role, OrganizationKind kind) {
  if (kind == OrganizationKind::club) return role == Role::owner || role == Role::player;
  return role == Role::manager || role == Role::editor || role == Role::reader;
}

}  // namespace longtake::access
