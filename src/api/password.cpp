// POST /me/password, POST /password-resets and /password-resets/{token}.
#include "access/letters.h"
#include "access/password_resets.h"
#include "access/person_rows.h"
#include "access/throttle.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/proof.h"
#include "api/session_cookie.h"
#include "api/standing.h"
#include "io/outbox.h"

namespace longtake::api {
namespace {

/// Every request for a link counts, so that nobody's mailbox is filled; of links only those that are none.
struct ResetTries {
  explicit ResetTries(const Clock& clock)
      : requests({.account = access::letters_to_one, .address = {.free_failures = 20}}, clock),
        links({.free_failures = 20}, clock) {}
  access::Tries requests;
  access::Throttle links;
};

http::Response bad_password(const Error& error) {
  return invalid_fields({{.field = "password", .message = error.text()}});
}

Result<http::Response> change(Context& context, const http::Request& request,
                              const access::Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto present = fields.required_text("present", {1, 1024});
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto who = known(request, caller);
  auto token = context.proofs.change_password(
      who, {.present = present, .password = password, .session = caller.session});
  if (!token && token.error().code() == Code::invalid) return bad_password(token.error());
  if (!token) return refuse_own_proof(context, request, caller, std::move(token).error());
  context.log.info("password changed", {{"user", caller.user}});
  look_at_audiences(context);
  auto response = http::Response::empty(204);
  set_session(response, request, *token);
  return response;
}

/// The letter to the person who has this address, if there is one.
std::optional<io::Mail> write_letter(Context& context, const std::string& email) {
  auto begun = context.password_resets.begin(email);
  if (!begun) context.log.error("password reset failed", {{"error", begun.error().story()}});
  if (!begun || !*begun) return {};
  const auto& reset = **begun;
  auto letter = access::reset_letter(reset.language, context.site.url + "/password-reset/" + reset.token);
  return io::Mail{.to = reset.email, .subject = std::move(letter.subject), .text = std::move(letter.text)};
}

/// Answers before it looks whether there is such a person: neither words nor time tell.
Result<http::Response> request_reset(Context& context, ResetTries& tries, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a write from another site's page is refused"});
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto email = fields.required_text("email", {1, 254});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (!context.site.outbox)
    return http::problem(404, "this site sends no e-mail: ask a superadmin for a new password");
  if (const auto pause = tries.requests.begin({access::lower(email), tries_address(request)}))
    return too_many(*pause);
  if (!context.site.outbox->post([&context, email] { return write_letter(context, email); }))
    return http::problem(503, "too many e-mails are waiting to be sent: try again in a minute");
  return http::Response::empty(202);
}

Result<http::Response> reset(Context& context, ResetTries& tries, const http::Request& request) {
  if (!same_origin(request))
    return http::problem({.status = 403, .detail = "a write from another site's page is refused"});
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto password = fields.required_text("password", {1, 1024});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto address = tries_address(request);
  if (const auto pause = tries.links.begin(address)) return too_many(*pause);
  auto done = context.password_resets.finish(
      {.token = request.param("token"), .password = password, .remote = request.remote.to_string()});
  if (done || done.error().code() != Code::not_found) tries.links.take_back(address);
  if (!done && done.error().code() == Code::invalid) return bad_password(done.error());
  if (!done) return std::move(done).error();
  context.events.tell_sessions_ended(done->user);
  context.log.info("password reset", {{"remote", request.remote.to_string()}});
  return json_response({{"claimed", done->claimed}});
}

}  // namespace

void add_password_routes(http::Router& router, Context& context) {
  const auto tries = std::make_shared<ResetTries>(context.clock);
  router.add(http::Method::post, "/api/v1/me/password",
             guarded(context, access::Permission::be_known, change));
  router.add(
      http::Method::post, "/api/v1/password-resets",
      [&context, tries](const http::Request& request) { return request_reset(context, *tries, request); },
      {.body_limit = open_body_limit});
  router.add(http::Method::post, "/api/v1/password-resets/{token}",
             [&context, tries](const http::Request& request) { return reset(context, *tries, request); },
             {.body_limit = open_body_limit});
}

}  // namespace longtake::api
