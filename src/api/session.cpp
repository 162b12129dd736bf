// POST and DELETE /session, GET /me.
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/proof.h"
#include "api/session_cookie.h"
#include "api/trail.h"

namespace longtake::api {
namespace {

/// By the person themselves, whatever token came along.
void note_session(Context& context, const http::Request& request, const access::Identity& caller,
                  std::string action) {
  note(context, request,
       {.organization = caller.organization,
        .actor = caller.user,
        .kind = access::ActorKind::user,
        .action = std::move(action),
        .thing = "session"});
}

Result<http::Response> sign_in(Context& context, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a sign-in from another site's page is refused"});
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::Proofs::Claim claim{.email = fields.required_text("email", {1, 254}),
                              .password = fields.required_text("password", {1, 1024}),
                              .code = fields.text("code", {0, 20}),
                              .address = tries_address(request)};
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (claim.code && claim.code->empty()) claim.code.reset();
  auto user = context.proofs.prove(claim);
  if (!user) {
    // What was typed is not kept: it may be anything, also a password. A missing code is no failure yet.
    const auto& kind = user.error().kind();
    if (kind == "bad-credentials" || (kind == "second-factor" && claim.code))
      note(context, request, {.action = "session.sign_in_failed", .thing = "session"});
    return refuse_proof(context, std::move(user).error(), {claim.email, claim.address}, 401);
  }
  const auto remote = request.remote.to_string();
  LT_TRY(
      const auto signed_in,
      context.sessions.open(
          *user, {.remote = remote, .agent = std::string{request.headers.find("User-Agent").value_or("")}}));
  // A session already held is replaced: its token must not live on.
  if (const auto old = session_token(request)) LT_CHECK(context.sessions.sign_out(*old));
  context.log.info("signed in", {{"user", signed_in.identity.user}, {"remote", remote}});
  note_session(context, request, signed_in.identity, "session.sign_in");
  auto response = json_response(me_json(signed_in.identity));
  set_session(response, request, signed_in.token);
  return response;
}

Result<http::Response> sign_out(Context& context, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a write from another site's page is refused"});
  if (const auto token = session_token(request)) {
    LT_TRY(const auto caller, context.sessions.find(*token));
    LT_CHECK(context.sessions.sign_out(*token));
    if (caller) note_session(context, request, *caller, "session.sign_out");
  }
  auto response = http::Response::empty(204);
  clear_session(response, request);
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
