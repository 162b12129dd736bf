#include <boost/json/array.hpp>

#include "api/encode.h"

namespace longtake::api {

namespace json = boost::json;

json::object me_json(const access::Identity& identity, const access::People::Account& account) {
  json::array organizations;
  for (const auto& place : account.organizations)
    organizations.push_back({{"id", to_string(place.organization)},
                             {"slug", place.slug},
                             {"name", place.name},
                             {"role", access::to_string(place.role)}});
  json::array permissions;
  identity.permissions.each([&](access::Permission p) { permissions.emplace_back(access::to_string(p)); });
  return {{"id", to_string(identity.user)},
          {"email", identity.email},
          {"name", identity.name},
          {"role", access::to_string(identity.role)},
          {"organization",
           {{"id", to_string(identity.organization)},
            {"slug", identity.organization_slug},
            {"name", identity.organization_name},
            {"kind", access::to_string(identity.organization_kind)},
            {"timeZone", identity.time_zone},
            {"language", identity.language}}},
          {"organizations", std::move(organizations)},
          {"permissions", std::move(permissions)},
          {"secondFactor", account.second_factor},
          {"hasPassword", account.password}};
}

json::object organization_json(const access::Organization& organization) {
  return {{"id", to_string(organization.id)},
          {"slug", organization.slug},
          {"name", organization.name},
          {"kind", access::to_string(organization.kind)},
          {"timeZone", organization.time_zone},
          {"language", organization.language},
          {"members", organization.members},
          {"channels", organization.channels},
          {"createdAt", format_rfc3339(organization.created)}};
}

json::object member_json(const access::Member& member) {
  json::object out{{"userId", to_string(member.user)},
                   {"email", member.email},
                   {"name", member.name},
                   {"role", access::to_string(member.role)},
                   {"superadmin", member.superadmin},
                   {"disabled", member.disabled},
                   {"addressProven", member.address_proven}};
  if (member.last_seen) out["lastSeenAt"] = format_rfc3339(*member.last_seen);
  return out;
}

json::object user_json(const access::User& user) {
  json::array memberships;
  for (const auto& membership : user.memberships)
    memberships.push_back({{"organizationId", to_string(membership.organization)},
                           {"organization", membership.name},
                           {"role", access::to_string(membership.role)}});
  json::object out{{"id", to_string(user.id)},
                   {"email", user.email},
                   {"name", user.name},
                   {"superadmin", user.superadmin},
                   {"disabled", user.disabled},
                   {"secondFactor", user.second_factor},
                   {"addressProven", user.address_proven},
                   {"createdAt", format_rfc3339(user.created)},
                   {"memberships", std::move(memberships)}};
  if (user.last_seen) out["lastSeenAt"] = format_rfc3339(*user.last_seen);
  return out;
}

const std::vector<std::string>& membership_roles() {
  static const std::vector<std::string> names = {"manager", "editor", "reader", "owner", "player"};
  return names;
}

}  // namespace longtake::api
