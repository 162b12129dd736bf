// /users: everybody on the site, for superadmins.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

Result<http::Response> list(Context& context, const http::Request& request, const Identity&) {
  Parameters parameters{request};
  const auto search = parameters.text("search", 100).value_or("");
  const auto page = read_page<UserId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto rows, context.people.list_users({search, page.after, page.limit + 1}));
  json::array items;
  for (std::size_t i = 0; i < std::min(page.limit, rows.size()); ++i)
    items.push_back(user_json(rows[i]));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (rows.size() > page.limit) out["next"] = to_string(rows[page.limit - 1].id);
  return json_response(out);
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity&) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  LT_TRY(const auto user, context.people.get(*id));
  return json_response(user_json(user));
}

Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  Fields fields{request};
  const access::UserEdit edit{.name = fields.text("name", {1, 100}),
                              .superadmin = fields.boolean("superadmin"),
                              .disabled = fields.boolean("disabled")};
  fields.check_label("name", edit.name);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto user, context.people.edit(*id, edit));
  context.log.info("person edited", {{"person", *id}, {"user", caller.user}});
  if (user.disabled)
    context.events.tell_barred(*id);
  else
    context.events.tell_changed(*id);
  return json_response(user_json(user));
}

}  // namespace

void add_user_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/users", guarded(context, Permission::manage_site, list));
  router.add(Method::get, "/api/v1/users/{userId}", guarded(context, Permission::manage_site, get));
  router.add(Method::patch, "/api/v1/users/{userId}", guarded(context, Permission::manage_site, edit));
}

}  // namespace longtake::api
