#include "api/guard.h"

#include "api/session_cookie.h"
#include "api/trail.h"
#include "http/problem.h"

namespace longtake::api {
namespace {

bool is_write(http::Method method) {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

/// "https://host:1/path" -> "host:1".
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

http::Response signed_out() {
  return http::problem({.status = 401, .type = "urn:longtake:signed-out", .detail = "sign in first"});
}

http::Response forbidden(std::string detail) {
  return http::problem({.status = 403, .type = "urn:longtake:forbidden", .detail = std::move(detail)});
}

http::Response unavailable(const Context& context, const Error& error) {
  context.log.error("identity check failed", {{"error", error.story()}});
  return http::problem(error);
}

std::optional<std::string_view> bearer_of(const http::Request& request) {
  const auto header = request.headers.find("Authorization");
  if (!header || header->size() < 8) return {};
  const auto scheme = header->substr(0, 7);
  if (scheme != "Bearer " && scheme != "bearer ") return {};
  return header->substr(7);
}

}  // namespace

bool same_origin(const http::Request& request) {
  const auto host = request.headers.find("Host").value_or("");
  if (const auto origin = request.headers.find("Origin")) return !host.empty() && host_of(*origin) == host;
  if (const auto referer = request.headers.find("Referer")) return !host.empty() && host_of(*referer) == host;
  const auto site = request.headers.find("Sec-Fetch-Site");
  return !site || *site == "same-origin" || *site == "none";
}

Admission admit(const Context& context, const http::Request& request, access::Permission permission) {
  std::optional<access::Identity> identity;
  if (const auto bearer = bearer_of(request)) {
    auto found = context.tokens.find(*bearer);
    if (!found) return {{}, unavailable(context, found.error())};
    identity = std::move(*found);
  } else if (const auto cookie = session_token(request)) {
    auto found = context.sessions.find(*cookie);
    if (!found) return {{}, unavailable(context, found.error())};
    identity = std::move(*found);
    if (identity && is_write(request.method) && !same_origin(request))
      return {{}, forbidden("a write from another site's page is refused")};
  }
  if (!identity) return {{}, signed_out()};
  if (!access::may(identity->role, permission))
    return {{}, forbidden(fmt::format("the role {} may not do this", access::to_string(identity->role)))};
  return {std::move(identity), {}};
}

http::Handler guarded(Context& context, access::Permission permission, GuardedHandler handler) {
  return [&context, permission,
          handler = std::move(handler)](const http::Request& request) -> Result<http::Response> {
    auto admission = admit(context, request, permission);
    if (!admission.identity) return std::move(admission.refusal);
    Witness witness{context, request, *admission.identity};
    return witness.record(handler(request, *admission.identity));
  };
}

http::Response no_such(std::string_view thing) {
  return http::problem(404, fmt::format("there is no such {}", thing));
}

}  // namespace longtake::api
