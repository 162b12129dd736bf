// /tokens: what programs sign in with.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/proof.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

/// The permissions that a token may carry.
const std::vector<std::string>& scope_names() {
  static const std::vector<std::string> names = {
      "watch",     "edit_channels", "manage_members", "read_audit",   "share",
      "cut_clips", "read_notes",    "write_notes",    "manage_notes", "manage_site"};
  return names;
}

json::object token_json(const access::TokenEntry& entry) {
  json::array scopes;
  entry.scopes.each([&](Permission permission) {
    if (permission != Permission::be_known) scopes.emplace_back(access::to_string(permission));
  });
  json::object out{{"id", to_string(entry.id)},   {"name", entry.name},
                   {"scopes", std::move(scopes)}, {"createdAt", format_rfc3339(entry.created)},
                   {"owner", entry.owner},        {"organization", entry.organization_name}};
  if (entry.last_used) out["lastUsedAt"] = format_rfc3339(*entry.last_used);
  if (entry.expires) out["expiresAt"] = format_rfc3339(*entry.expires);
  return out;
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const bool all = parameters.integer("all", 0, {0, 1}) == 1;
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  if (all && !caller.may(Permission::manage_site))
    return http::problem(403, "only superadmins see everybody's tokens");
  LT_TRY(const auto rows, context.tokens.list(all ? std::nullopt : std::optional{caller.user}));
  const bool itself_alone = caller.token && !caller.may(Permission::manage_site);
  json::array items;
  for (const auto& row : rows)
    if (!itself_alone || row.id == caller.token) items.push_back(token_json(row));
  return json_response({{"items", std::move(items)}});
}

access::Permissions read_scopes(Fields& fields) {
  access::Permissions out;
  for (const auto& name : fields.required_choices("scopes", scope_names()))
    if (const auto permission = access::find_permission(name)) out = out | access::Permissions{*permission};
  return out;
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::NewToken wanted{.owner = caller.user,
                          .session = caller.session,
                          .organization = caller.organization,
                          .name = fields.required_text("name", {1, 100}),
                          .scopes = read_scopes(fields)};
  if (const auto days = fields.integer("expiresInDays", {1, 3650}))
    wanted.expires = context.clock.now() + std::chrono::hours{24 * *days};
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (!caller.permissions.contains(wanted.scopes))
    return http::problem(403, "a token carries no more than its owner may");
  LT_TRY(const auto made, context.tokens.add(wanted));
  context.log.info("token made", {{"token", made.entry.id}, {"user", caller.user}});
  return json_response({{"token", token_json(made.entry)}, {"secret", made.secret}}, 201);
}

Result<http::Response> revoke(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<access::TokenId>(request.param("tokenId"));
  if (!id) return no_such("token");
  if (caller.token && caller.token != *id && !caller.may(Permission::manage_site)) return no_such("token");
  LT_CHECK(context.tokens.revoke(
      caller.may(Permission::manage_site) ? std::nullopt : std::optional{caller.user}, *id));
  context.events.tell_signed_out(*id);
  return http::Response::empty(204);
}

}  // namespace

void add_token_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/tokens", guarded(context, Permission::be_known, list));
  router.add(Method::post, "/api/v1/tokens", guarded(context, Permission::be_known, create));
  router.add(Method::delete_, "/api/v1/tokens/{tokenId}", guarded(context, Permission::be_known, revoke));
}

}  // namespace longtake::api
