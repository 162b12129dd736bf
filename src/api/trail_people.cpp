#include "api/trail_people.h"

#include <algorithm>

#include "base/time.h"

namespace longtake::api {

namespace json = boost::json;
using access::Identity;

std::optional<json::object> organization_facts(const Context& context, const Identity&, const http::Request&,
                                               const std::string& id) {
  const auto parsed = parse_id<OrganizationId>(id);
  if (!parsed) return {};
  const auto found = context.organizations.get(*parsed);
  if (!found) return {};
  return json::object{{"name", found->name},
                      {"slug", found->slug},
                      {"kind", access::to_string(found->kind)},
                      {"timeZone", found->time_zone},
                      {"language", found->language}};
}

std::optional<json::object> member_facts(const Context& context, const Identity& caller, const http::Request&,
                                         const std::string& id) {
  const auto parsed = parse_id<UserId>(id);
  if (!parsed) return {};
  const auto found = context.memberships.get(caller.organization, *parsed);
  if (!found) return {};
  return json::object{{"role", access::to_string(found->role)}};
}

std::optional<json::object> person_facts(const Context& context, const Identity&, const http::Request&,
                                         const std::string& id) {
  const auto parsed = parse_id<UserId>(id);
  if (!parsed) return {};
  const auto found = context.people.get(*parsed);
  if (!found) return {};
  return json::object{{"superadmin", found->superadmin}, {"disabled", found->disabled}};
}

std::optional<json::object> invitation_facts(const Context& context, const Identity& caller,
                                             const http::Request&, const std::string& id) {
  const auto open = context.invitations.list(caller.organization);
  if (!open) return {};
  const auto found =
      std::find_if(open->begin(), open->end(), [&](const auto& one) { return to_string(one.id) == id; });
  if (found == open->end()) return {};
  return json::object{{"role", access::to_string(found->role)},
                      {"mailed", found->mailed},
                      {"expiresAt", format_rfc3339(found->expires)}};
}

std::optional<json::object> token_facts(const Context& context, const Identity& caller, const http::Request&,
                                        const std::string& id) {
  const auto all = context.tokens.list(
      caller.may(access::Permission::manage_site) ? std::nullopt : std::optional{caller.user});
  if (!all) return {};
  const auto found =
      std::find_if(all->begin(), all->end(), [&](const auto& one) { return to_string(one.id) == id; });
  if (found == all->end()) return {};
  json::object facts{{"scopes", access::format_scopes(found->scopes)}};
  if (found->expires) facts["expiresAt"] = format_rfc3339(*found->expires);
  return facts;
}

}  // namespace longtake::api
