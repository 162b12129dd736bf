// /me/sessions and /users/{userId}/sessions: where people are signed in.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/proof.h"
#include "api/session_cookie.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

Result<http::Response> answer_list(const Context& context, UserId user, access::SessionId current) {
  LT_TRY(const auto rows, context.sessions.list(user));
  json::array items;
  for (const auto& row : rows)
    items.push_back({{"id", to_string(row.id)},
                     {"createdAt", format_rfc3339(row.created)},
                     {"lastSeenAt", format_rfc3339(row.last_seen)},
                     {"remote", row.remote},
                     {"agent", row.agent},
                     {"current", row.id == current}});
  return json_response({{"items", std::move(items)}});
}

Result<http::Response> list_own(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  return answer_list(context, caller.user, caller.session);
}

Status end_all(Context& context, UserId user) {
  LT_CHECK(context.sessions.end_all(user));
  context.events.tell_sessions_ended(user);
  return {};
}

Result<http::Response> end_own(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  LT_CHECK(end_all(context, caller.user));
  auto answer = http::Response::empty(204);
  clear_session(answer, request);
  return answer;
}

Result<http::Response> end_one(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  const auto id = parse_id<access::SessionId>(request.param("sessionId"));
  if (!id) return no_such("session");
  LT_CHECK(context.sessions.end(caller.user, *id));
  context.events.tell_signed_out(*id);
  auto answer = http::Response::empty(204);
  if (*id == caller.session) clear_session(answer, request);
  return answer;
}

/// The person a path names. not_found also for one who was erased.
Result<UserId> get_user(const Context& context, const http::Request& request) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return make_error(Code::not_found, "there is no such person");
  LT_TRY(const auto user, context.people.get(*id));
  return user.id;
}

Result<http::Response> list_of(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto user, get_user(context, request));
  return answer_list(context, user, caller.session);
}

Result<http::Response> end_of(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto user, get_user(context, request));
  LT_CHECK(end_all(context, user));
  context.log.info("signed out everywhere", {{"person", user}, {"user", caller.user}});
  return http::Response::empty(204);
}

}  // namespace

void add_session_list_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view own = "/api/v1/me/sessions", others = "/api/v1/users/{userId}/sessions";
  router.add(Method::get, own, guarded(context, Permission::be_known, list_own));
  router.add(Method::delete_, own, guarded(context, Permission::be_known, end_own));
  router.add(Method::delete_, "/api/v1/me/sessions/{sessionId}",
             guarded(context, Permission::be_known, end_one));
  router.add(Method::get, others, guarded(context, Permission::manage_site, list_of));
  router.add(Method::delete_, others, guarded(context, Permission::manage_site, end_of));
}

}  // namespace longtake::api
