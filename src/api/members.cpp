// /organizations/{organizationId}/members.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/named_page.h"
#include "api/proof.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

Result<http::Response> list(Context& context, const http::Request& request, const Identity& there) {
  Parameters parameters{request};
  const auto page = read_named_page(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto rows, context.memberships.list(there.organization, page.after, page.limit + 1));
  json::array items;
  for (std::size_t i = 0; i < std::min(page.limit, rows.size()); ++i)
    items.push_back(member_json(rows[i]));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (rows.size() > page.limit) {
    const auto& last = rows[page.limit - 1];
    out["next"] = cursor_of({last.name, last.user.value});
  }
  return json_response(out);
}

/// Who leads an organization changes its members; superadmins change anybody. Nothing: go on.
Result<std::optional<http::Response>> refuse_change(Context& context, const Identity& there, UserId user) {
  if (there.may(Permission::manage_site)) return std::optional<http::Response>{};
  LT_TRY(const auto member, context.memberships.get(there.organization, user));
  if (member.superadmin)
    return std::optional{http::problem(403, "only a superadmin changes what a superadmin is")};
  return std::optional<http::Response>{};
}

Result<http::Response> set(Context& context, const http::Request& request, const Identity& there) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto user = parse_id<UserId>(request.param("userId"));
  if (!user) return no_such("member");
  Fields fields{request};
  const auto role = access::find_role(fields.required_choice("role", membership_roles()));
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (auto refusal = refuse_greater_role(there, *role)) return *std::move(refusal);
  LT_TRY(auto refusal, refuse_change(context, there, *user));
  if (refusal) return *std::move(refusal);
  const auto organization = context.organizations.get(there.organization);
  if (!organization) return organization.error();
  if (!access::suits(*role, organization->kind))
    return invalid_fields({{"role", fmt::format("is none of a {}", access::to_string(organization->kind))}});
  LT_TRY(const auto member, context.memberships.set(there.organization, *user, *role));
  context.log.info("role given", {{"organization", there.organization},
                                  {"to", *user},
                                  {"role", access::to_string(*role)},
                                  {"user", there.user}});
  context.events.tell_changed(*user);
  return json_response(member_json(member));
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& there) {
  const auto user = parse_id<UserId>(request.param("userId"));
  if (!user) return no_such("member");
  LT_TRY(auto refusal, refuse_change(context, there, *user));
  if (refusal) return *std::move(refusal);
  LT_CHECK(context.memberships.remove(there.organization, *user));
  context.log.info("member removed",
                   {{"organization", there.organization}, {"member", *user}, {"user", there.user}});
  context.events.tell_changed(*user);
  return http::Response::empty(204);
}

}  // namespace

void add_member_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/organizations/{organizationId}/members",
                             one = "/api/v1/organizations/{organizationId}/members/{userId}";
  router.add(Method::get, all, guarded_there(context, Permission::manage_members, list));
  router.add(Method::put, one, guarded_there(context, Permission::manage_members, set));
  router.add(Method::delete_, one, guarded_there(context, Permission::manage_members, remove));
}

}  // namespace longtake::api
