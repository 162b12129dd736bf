#pragma once
// Who is asking, and what they may. docs/reference/permissions.md is the table of roles and operations.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"

namespace longtake::access {

using SessionId = Id<struct SessionTag>;
using TokenId = Id<struct TokenTag>;

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
  read_notes,      ///< notes of the organization, their templates and tags; names of colleagues
  write_notes,     ///< write notes, edit and remove own ones
  manage_notes,    ///< templates, and notes of others
  cut_clips,       ///< make clips and screenshots, edit and remove own ones
  manage_site,     ///< organizations, people, keys of the whole site
};
std::string_view to_string(Permission permission);
std::optional<Permission> find_permission(std::string_view text);
/// The table of roles.
bool may(Role role, Permission permission);

/// A set of them.
class Permissions {
 public:
  constexpr Permissions() = default;
  constexpr Permissions(std::initializer_list<Permission> list) {
    for (const auto permission : list)
      bits_ |= bit(permission);
  }
  constexpr bool contains(Permission permission) const { return (bits_ & bit(permission)) != 0; }
  constexpr bool contains(Permissions others) const { return (bits_ & others.bits_) == others.bits_; }
  constexpr Permissions operator&(Permissions others) const { return Permissions{bits_ & others.bits_}; }
  constexpr Permissions operator|(Permissions others) const { return Permissions{bits_ | others.bits_}; }
  bool operator==(const Permissions&) const = default;

  /// Each permission in the order of the enumeration.
  template <class F>
  void each(F&& f) const {
    for (int i = 0; i <= static_cast<int>(Permission::manage_site); ++i)
      if (const auto permission = static_cast<Permission>(i); contains(permission)) f(permission);
  }

 private:
  explicit constexpr Permissions(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(Permission permission) {
    return std::uint32_t{1} << static_cast<unsigned>(permission);
  }
  std::uint32_t bits_ = 0;
};
Permissions permissions_of(Role role);

/// desk: a newsroom that watches broadcasts; club: courts, and the people who play on them.
enum class OrganizationKind { desk, club };
std::string_view to_string(OrganizationKind kind);
std::optional<OrganizationKind> find_organization_kind(std::string_view text);
/// Members of a desk are manager, editor or reader; of a club owner or player.
bool suits(Role role, OrganizationKind kind);

/// A person, acting in one organization.
struct Identity {
  UserId user;
  std::string email;
  std::string name;
  bool superadmin = false;
  Role role = Role::reader;  ///< in the organization; superadmins are that in each
  Permissions permissions;   ///< the role's; of an API token only those it carries
  OrganizationId organization;
  std::string organization_slug;
  std::string organization_name;
  OrganizationKind organization_kind = OrganizationKind::desk;
  std::string time_zone;  ///< of the organization
  std::string language;   ///< of the organization
  SessionId session;      ///< set when a browser asks
  TokenId token;          ///< set when a program asks
  /// The session was made for another role: its cookie is replaced in the next answer.
  bool renew = false;

  bool may(Permission permission) const { return permissions.contains(permission); }
};

}  // namespace longtake::access
