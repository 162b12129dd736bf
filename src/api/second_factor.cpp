// GET, POST and PUT /me/second-factor, POST /me/second-factor/off and /codes.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/proof.h"

namespace longtake::api {
namespace {

Result<http::Response> show(Context& context, const http::Request& request, const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  LT_TRY(const auto state, context.second_factors.state(caller.user));
  return json_response({{"on", state.on}, {"codesLeft", state.codes_left}});
}

http::Response codes_response(const std::vector<std::string>& codes) {
  boost::json::array items(codes.begin(), codes.end());
  return json_response({{"codes", std::move(items)}}).with("Cache-Control", "no-store");
}

Result<http::Response> begin(Context& context, const http::Request& request, const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  auto secret = context.proofs.begin_factor(who, password);
  if (!secret) return refuse_own_proof(context, request, caller, std::move(secret).error());
  return json_response({{"secret", secret->base32}, {"uri", secret->uri}}).with("Cache-Control", "no-store");
}

Result<http::Response> confirm(Context& context, const http::Request& request,
                               const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto code = fields.required_text("code", {1, 20});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  auto codes = context.proofs.confirm_factor(who, code);
  if (!codes && codes.error().code() == Code::invalid)
    return invalid_fields({{.field = "code", .message = codes.error().text()}});
  if (!codes) return refuse_own_proof(context, request, caller, std::move(codes).error());
  context.log.info("second factor on", {{"user", caller.user}});
  return codes_response(*codes);
}

Result<http::Response> renew_codes(Context& context, const http::Request& request,
                                   const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  auto codes = context.proofs.renew_codes(who, password);
  if (!codes) return refuse_own_proof(context, request, caller, std::move(codes).error());
  return codes_response(*codes);
}

Result<http::Response> end(Context& context, const http::Request& request, const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  if (auto proved = context.proofs.prove_password(who, password); !proved)
    return refuse_own_proof(context, request, caller, std::move(proved).error());
  LT_CHECK(context.second_factors.end(caller.user));
  context.log.info("second factor off", {{"user", caller.user}});
  return http::Response::empty(204);
}

}  // namespace

void add_second_factor_routes(http::Router& router, Context& context) {
  using access::Permission;
  using http::Method;
  router.add(Method::get, "/api/v1/me/second-factor", guarded(context, Permission::be_known, show));
  router.add(Method::post, "/api/v1/me/second-factor/codes",
             guarded(context, Permission::be_known, renew_codes));
  router.add(Method::post, "/api/v1/me/second-factor", guarded(context, Permission::be_known, begin));
  router.add(Method::put, "/api/v1/me/second-factor", guarded(context, Permission::be_known, confirm));
  router.add(Method::post, "/api/v1/me/second-factor/off", guarded(context, Permission::be_known, end));
}

}  // namespace longtake::api
