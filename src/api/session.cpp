// POST and DELETE /session, GET /me.
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

std::string cookie(std::string_view token, const http::Request& request, std::string_view lifetime) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; {}{}", session_cookie, token, lifetime,
                     request.secure ? "; Secure" : "");
}

http::Response bad_credentials() {
  return http::problem({.status = 401,
                        .type = "urn:longtake:bad-credentials",
                        .detail = "e-mail address or password is wrong"});
}

Result<http::Response> sign_in(Context& context, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a sign-in from another site's page is refused"});
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::Sessions::SignIn attempt{.email = fields.required_text("email", {1, 254}),
                                   .password = fields.required_text("password", {1, 1024}),
                                   .remote = request.remote.to_string(),
                                   .agent = std::string{request.headers.find("User-Agent").value_or("")}};
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (const auto pause = context.sessions.wait(attempt))
    return http::problem({.status = 429,
                          .type = "urn:longtake:too-many",
                          .detail = fmt::format("too many failed tries: wait {} s", pause->count())})
        .with("Retry-After", std::to_string(pause->count()));
  auto signed_in = context.sessions.sign_in(attempt);
  if (!signed_in && signed_in.error().code() == Code::forbidden) return bad_credentials();
  if (!signed_in) return std::move(signed_in).error();
  // A session already held is replaced: its token must not live on.
  if (const auto old = request.find_cookie(session_cookie)) LT_CHECK(context.sessions.sign_out(*old));
  context.log.info("signed in", {{"user", signed_in->identity.user}, {"remote", attempt.remote}});
  auto response = json_response(me_json(signed_in->identity));
  response.headers.add("Set-Cookie", cookie(signed_in->token, request, "Max-Age=7776000"));
  return response;
}

Result<http::Response> sign_out(Context& context, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a write from another site's page is refused"});
  if (const auto token = request.find_cookie(session_cookie)) LT_CHECK(context.sessions.sign_out(*token));
  auto response = http::Response::empty(204);
  response.headers.add("Set-Cookie", cookie("", request, "Max-Age=0"));
  return response;
}

}  // namespace

void add_session_routes(http::Router& router, Context& context) {
  router.add(http::Method::post, "/api/v1/session",
             [&context](const http::Request& request) { return sign_in(context, request); });
  router.add(http::Method::delete_, "/api/v1/session",
             [&context](const http::Request& request) { return sign_out(context, request); });
  // Everybody who is signed in may ask who they are.
  router.add(http::Method::get, "/api/v1/me",
             guarded(context, access::Permission::be_known,
                     [](const http::Request&, const access::Identity& caller) -> Result<http::Response> {
                       return json_response(me_json(caller));
                     }));
}

}  // namespace longtake::api
