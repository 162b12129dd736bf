// POST and DELETE /session, POST /session/organization, GET and PATCH /me.
#include "api/context.h"
#include "api/decode.h"
#include "api/guard.h"
#include "api/me.h"
#include "api/proof.h"
#include "api/session_cookie.h"
#include "api/trail.h"

namespace longtake::api {
namespace {

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
  auto proven = context.proofs.prove(claim);
  if (!proven) {
    // What was typed is not kept: it may be anything, also a password. A missing code is no failure yet.
    const auto& kind = proven.error().kind();
    if (kind == "bad-credentials" || (kind == "second-factor" && claim.code))
      note(context, request, {.action = "session.sign_in_failed", .thing = "session"});
    return refuse_proof(context, std::move(proven).error(), {claim.email, claim.address}, 401);
  }
  auto signed_in = context.sessions.open(*proven, from(request));
  if (!signed_in) {
    note(context, request, {.action = "session.sign_in_failed", .thing = "session"});
    return refuse_proof(context, std::move(signed_in).error(), {claim.email, claim.address}, 401);
  }
  return begin_session(context, request, *signed_in);
}

Result<http::Response> sign_out(Context& context, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a write from another site's page is refused"});
  if (const auto token = session_token(request)) LT_CHECK(end_session(context, request, *token));
  auto response = http::Response::empty(204);
  clear_session(response, request);
  return response;
}

Result<http::Response> switch_organization(Context& context, const http::Request& request,
                                           const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto text = fields.required_text("organizationId", {1, 64});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto id = parse_id<OrganizationId>(text);
  if (!id) return no_such("organization");
  LT_TRY(const auto there, context.sessions.act_in(caller, *id));
  context.events.tell_changed(caller.user);
  LT_TRY(auto answer, answer_me(context, there));
  if (there.renew) renew_session(context, request, answer);
  return answer;
}

Result<http::Response> rename(Context& context, const http::Request& request,
                              const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto name = fields.required_text("name", {1, 100});
  fields.check_label("name", name);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto user, context.people.edit(caller.user, {.name = name}));
  context.events.tell_changed(caller.user);
  auto now = caller;
  now.name = user.name;
  return answer_me(context, now);
}

}  // namespace

void add_session_routes(http::Router& router, Context& context) {
  router.add(http::Method::post, "/api/v1/session",
             [&context](const http::Request& request) { return sign_in(context, request); },
             {.body_limit = open_body_limit});
  router.add(http::Method::delete_, "/api/v1/session",
             [&context](const http::Request& request) { return sign_out(context, request); },
             {.body_limit = open_body_limit});
  router.add(http::Method::post, "/api/v1/session/organization",
             guarded(context, access::Permission::be_known, switch_organization));
  // Everybody who is signed in may ask who they are.
  router.add(http::Method::get, "/api/v1/me",
             guarded(context, access::Permission::be_known,
                     [](Context& c, const http::Request&, const access::Identity& caller) {
                       return answer_me(c, caller);
                     }));
  router.add(http::Method::patch, "/api/v1/me", guarded(context, access::Permission::be_known, rename));
}

}  // namespace longtake::api
