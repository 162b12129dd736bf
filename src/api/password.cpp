// POST /me/password.
#include "api/context.h"
#include "api/decode.h"
#include "api/guard.h"
#include "api/proof.h"
#include "api/session_cookie.h"

namespace longtake::api {
namespace {

Result<http::Response> change(Context& context, const http::Request& request,
                              const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto present = fields.required_text("present", {1, 1024});
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  auto token =
      context.proofs.change_password(who, {.present = present,
                                           .password = password,
                                           .session = std::string{session_token(request).value_or("")}});
  if (!token && token.error().code() == Code::invalid)
    return invalid_fields({{.field = "password", .message = token.error().text()}});
  if (!token) return refuse_proof(context, std::move(token).error(), who.key(), 403);
  context.log.info("password changed", {{"user", caller.user}});
  auto response = http::Response::empty(204);
  set_session(response, request, *token);
  return response;
}

}  // namespace

void add_password_routes(http::Router& router, Context& context) {
  router.add(http::Method::post, "/api/v1/me/password",
             guarded(context, access::Permission::be_known,
                     [&context](const http::Request& request, const access::Identity& caller) {
                       return change(context, request, caller);
                     }));
}

}  // namespace longtake::api
