#include "api/proof.h"

#include "api/guard.h"
#include "api/trail.h"
#include "http/problem.h"

namespace longtake::api {

std::string tries_address(const http::Request& request) {
  return request.remote.client_network().to_string();
}

access::Proofs::Known known(const http::Request& request, const access::Identity& caller) {
  return {.user = caller.user, .email = caller.email, .address = tries_address(request)};
}

http::Response too_many(std::optional<std::chrono::seconds> pause) {
  const auto seconds = pause.value_or(std::chrono::seconds{1}).count();
  return http::problem({.status = 429,
                        .type = "urn:longtake:too-many",
                        .detail = fmt::format("too many tries: wait {} s", seconds)})
      .with("Retry-After", std::to_string(seconds));
}

Result<http::Response> refuse_proof(Context& context, Error error, const access::Tries::Key& key, int wrong) {
  if (error.kind() == "too-many") {
    const auto pause = context.proofs.wait(key).value_or(std::chrono::seconds{1});
    return http::problem({.status = 429, .type = "urn:longtake:too-many", .detail = error.text()})
        .with("Retry-After", std::to_string(pause.count()));
  }
  if (error.kind() == "bad-credentials" || error.kind() == "second-factor")
    return http::problem({.status = wrong, .type = "urn:longtake:" + error.kind(), .detail = error.text()});
  return error;
}

Result<http::Response> refuse_own_proof(Context& context, const http::Request& request,
                                        const access::Identity& caller, Error error) {
  if (error.kind() == "bad-credentials" || error.kind() == "second-factor") {
    auto deed = deed_of(caller);
    deed.action = "password.refused";
    deed.thing = "password";
    note(context, request, std::move(deed));
  }
  return refuse_proof(context, std::move(error), known(request, caller).key(), 403);
}

std::optional<http::Response> refuse_greater_role(const access::Identity& caller, access::Role role) {
  if (!caller.token) return {};
  const auto wanted = access::permissions_of(role);
  if (caller.permissions.contains(wanted)) return {};
  return http::problem(403,
                       fmt::format("this API token may not do all that a {} may: give it those scopes too",
                                   access::to_string(role)));
}

std::optional<http::Response> refuse_token(const http::Request& request) {
  if (!bearer_token(request)) return {};
  return http::problem({.status = 403,
                        .type = "urn:longtake:forbidden",
                        .detail = "an API token may not do this: sign in with a browser"});
}

}  // namespace longtake::api
