#include "api/proof.h"

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

std::optional<http::Response> refuse_token(const http::Request& request) {
  if (!request.headers.contains("Authorization")) return {};
  return http::problem({.status = 403,
                        .type = "urn:longtake:forbidden",
                        .detail = "an API token may not do this: sign in with a browser"});
}

}  // namespace longtake::api
