// GET /sign-in-options, /openid/{provider}/start and /openid/{provider}/callback.
#include <boost/json/array.hpp>

#include "access/openid.h"
#include "access/percent_encode.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/me.h"
#include "api/proof.h"
#include "api/trail.h"
#include "base/own_failure.h"

namespace longtake::api {
namespace {

std::string_view binding_name(const http::Request& request) {
  return request.secure ? "__Host-longtake_openid" : "longtake_openid";
}

void set_binding(http::Response& response, const http::Request& request, std::string_view value,
                 std::chrono::seconds life) {
  response.headers.add(
      "Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", binding_name(request),
                                value, life.count(), request.secure ? "; Secure" : ""));
}

http::Response options(const Context& context) {
  boost::json::array providers;
  for (const auto& provider : context.openid.providers())
    providers.push_back(boost::json::object{{"id", provider.id},
                                            {"name", provider.label.empty() ? provider.id : provider.label}});
  return json_response(
      {{"providers", std::move(providers)}, {"passwordReset", context.site.outbox != nullptr}});
}

Result<http::Response> start(Context& context, const http::Request& request) {
  Parameters parameters{request};
  const auto next = parameters.text("next", 2000).value_or("/");
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  auto begun =
      context.openid.begin({.provider = request.param("provider"),
                            .next = next,
                            .binding = std::string{request.find_cookie(binding_name(request)).value_or("")},
                            .address = tries_address(request)});
  if (!begun && begun.error().kind() == "too-many")
    return too_many(context.openid.wait(tries_address(request)));
  if (!begun && begun.error().code() == Code::invalid)
    return invalid_fields({{.field = "next", .message = begun.error().text()}});
  if (!begun && begun.error().code() == Code::not_found) return std::move(begun).error();
  if (!begun) {
    context.log.warn("provider not reached", {{"error", begun.error().story()}});
    return http::problem(503, "the provider cannot be reached: try again in a minute, or use your password");
  }
  auto response = http::Response::redirect(begun->url, 302).with("Cache-Control", "no-store");
  set_binding(response, request, begun->binding, access::OpenId::life);
  return response;
}

std::string query_text(const http::Request& request, std::string_view name) {
  return std::string{request.query.find(name).value_or("")};
}

http::Response to_sign_in_page(Context& context, const http::Request& request, const Error& error) {
  const auto kind = error.kind().empty() ? std::string{"provider-failed"} : error.kind();
  // Without a sign-in that was begun here it may be anything, from anybody; a busy server is nobody's
  // failure.
  if (kind != "provider-expired" && error.code() != Code::unavailable)
    note(context, request, {.action = "session.sign_in_failed", .thing = "session"});
  context.log.info("sign-in with a provider refused", {{"provider", request.param("provider")},
                                                       {"remote", request.remote.to_string()},
                                                       {"error", error.story()}});
  return http::Response::redirect("/sign-in?problem=" + kind, 302).with("Cache-Control", "no-store");
}

/// Who belongs to no organization (any more) and comes from the page of an invitation accepts it by signing
/// in there: they could not do so afterwards. Nothing when it is not theirs.
Result<std::optional<access::Sessions::SignedIn>> open_invited(Context& context, const http::Request& request,
                                                               const access::OpenId::Finished& done) {
  constexpr std::string_view page = "/invitation/";
  if (!done.next.starts_with(page)) return std::optional<access::Sessions::SignedIn>{};
  const access::Proven who{.user = done.user, .password_hash = {}};
  const auto rest = std::string_view{done.next}.substr(page.size());
  const auto accepted = context.invitations.accept(rest.substr(0, rest.find_first_of("?#/")),
                                                   {who, request.remote.to_string()});
  if (!accepted && is_own_failure(accepted.error())) return Error{accepted.error()};
  if (!accepted) return std::optional<access::Sessions::SignedIn>{};
  context.events.tell_changed(done.user);
  LT_TRY(auto signed_in, context.sessions.open(who, from(request)));
  return std::optional{std::move(signed_in)};
}

Result<access::Sessions::SignedIn> open_session(Context& context, const http::Request& request,
                                                access::OpenId::Finished& done) {
  auto opened = context.sessions.open({.user = done.user, .password_hash = {}}, from(request));
  if (opened || opened.error().code() != Code::forbidden) return opened;
  LT_TRY(auto invited, open_invited(context, request, done));
  if (!invited) return opened;
  done.next = "/";
  return *std::move(invited);
}

/// The browser comes back. What else a provider adds to the address is left alone.
Result<http::Response> finish(Context& context, const http::Request& request) {
  auto done =
      context.openid.finish({.provider = request.param("provider"),
                             .code = query_text(request, "code"),
                             .state = query_text(request, "state"),
                             .error = query_text(request, "error"),
                             .issuer = query_text(request, "iss"),
                             .binding = std::string{request.find_cookie(binding_name(request)).value_or("")},
                             .address = tries_address(request),
                             .remote = request.remote.to_string()});
  if (!done && (is_own_failure(done.error()) || done.error().code() == Code::not_found))
    return std::move(done).error();
  if (!done) return to_sign_in_page(context, request, done.error());
  if (done->claimed) {
    context.events.tell_sessions_ended(done->user);
    context.log.info("address proven by a provider", {{"user", done->user}});
  }
  auto signed_in = open_session(context, request, *done);
  if (!signed_in && is_own_failure(signed_in.error())) return std::move(signed_in).error();
  if (!signed_in && signed_in.error().code() == Code::forbidden)
    return to_sign_in_page(context, request, Error{signed_in.error()}.named("no-organization"));
  if (!signed_in) return to_sign_in_page(context, request, signed_in.error());
  // What ended there is told before anything else, and leads on from there.
  const auto to = done->claimed ? "/account?claimed&next=" + access::percent_encode(done->next) : done->next;
  auto response = http::Response::redirect(to, 302).with("Cache-Control", "no-store");
  LT_CHECK(begin_session(context, request, *signed_in, response));
  set_binding(response, request, "", std::chrono::seconds{0});
  return response;
}

}  // namespace

void add_openid_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/sign-in-options",
             [&context](const http::Request&) -> Result<http::Response> { return options(context); });
  router.add(http::Method::get, "/api/v1/openid/{provider}/start",
             [&context](const http::Request& request) { return start(context, request); });
  router.add(http::Method::get, "/api/v1/openid/{provider}/callback",
             [&context](const http::Request& request) { return finish(context, request); });
}

}  // namespace longtake::api
