#include "api/guard.h"

#include "api/session_cookie.h"
#include "api/trail.h"
#include "base/own_failure.h"
#include "http/problem.h"

namespace longtake::api {
namespace {

bool is_write(http::Method method) {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

/// Whether "https://host:1/path" is of the host that was asked, and of TLS where that was.
bool is_ours(std::string_view url, const http::Request& request) {
  const auto host = request.headers.find("Host").value_or("");
  const auto scheme = url.find("://");
  if (host.empty() || scheme == std::string_view::npos) return false;
  if (request.secure && url.substr(0, scheme) != "https") return false;
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#")) == host;
}

http::Response signed_out() {
  return http::problem({.status = 401, .type = "urn:longtake:signed-out", .detail = "sign in first"});
}

http::Response forbidden(std::string detail) {
  return http::problem({.status = 403, .type = "urn:longtake:forbidden", .detail = std::move(detail)});
}

http::Response refused(const Context& context, const Error& error) {
  if (error.code() == Code::forbidden && !is_own_failure(error)) return http::problem(error);
  context.log.error("identity check failed", {{"error", error.story()}});
  return http::problem(error);
}

http::Response may_not(const access::Identity& caller, access::Permission permission) {
  if (caller.token && access::may(caller.role, permission)) return forbidden("this token may not do this");
  return forbidden(fmt::format("the role {} may not do this", access::to_string(caller.role)));
}

/// The caller as they are in that organization: superadmins are that in each, others what their membership
/// says, and a token stays where it was made. Nothing: it is none of theirs.
Result<std::optional<access::Identity>> as_member_of(const Context& context, const access::Identity& caller,
                                                     OrganizationId organization) {
  if (organization == caller.organization) return std::optional{caller};
  auto there = caller;
  there.organization = organization;
  if (caller.may(access::Permission::manage_site)) {
    LT_TRY(const bool found, context.organizations.exists(organization));
    if (!found) return std::optional<access::Identity>{};
    return std::optional{std::move(there)};
  }
  if (caller.token) return std::optional<access::Identity>{};
  LT_TRY(const auto role, context.memberships.find_role(organization, caller.user));
  if (!role) return std::optional<access::Identity>{};
  there.role = *role;
  there.permissions = access::permissions_of(*role);
  return std::optional{std::move(there)};
}

/// One request of somebody who was admitted.
Result<http::Response> answer_as(Context& context, const http::Request& request,
                                 const access::Identity& caller, const GuardedHandler& handler) {
  Witness witness{context, request, caller};
  auto answer = witness.record(handler(context, request, caller));
  if (answer && caller.renew) renew_session(context, request, *answer);
  return answer;
}

}  // namespace

bool same_origin(const http::Request& request) {
  if (const auto origin = request.headers.find("Origin")) return is_ours(*origin, request);
  if (const auto referer = request.headers.find("Referer")) return is_ours(*referer, request);
  const auto site = request.headers.find("Sec-Fetch-Site");
  return !site || *site == "same-origin" || *site == "none";
}

std::optional<std::string_view> bearer_token(const http::Request& request) {
  const auto header = request.headers.find("Authorization");
  if (!header || header->size() < 8) return {};
  const auto scheme = header->substr(0, 7);
  if (scheme != "Bearer " && scheme != "bearer ") return {};
  return header->substr(7);
}

Admission admit(const Context& context, const http::Request& request, access::Permission permission) {
  std::optional<access::Identity> identity;
  if (const auto bearer = bearer_token(request)) {
    auto found = context.tokens.find(*bearer);
    if (!found) return {{}, refused(context, found.error())};
    identity = std::move(*found);
  } else if (const auto cookie = session_token(request)) {
    auto found = context.sessions.find(*cookie);
    if (!found) return {{}, refused(context, found.error())};
    identity = std::move(*found);
    if (identity && is_write(request.method) && !same_origin(request))
      return {{}, forbidden("a write from another site's page is refused")};
  }
  if (!identity) return {{}, signed_out()};
  if (!identity->may(permission)) return {{}, may_not(*identity, permission)};
  return {std::move(identity), {}};
}

std::shared_ptr<const access::Identity> recall_reader(const Context& context, const http::Request& request,
                                                      access::Permission permission) {
  if (is_write(request.method) || bearer_token(request)) return nullptr;
  const auto cookie = session_token(request);
  if (!cookie) return nullptr;
  auto identity = context.sessions.recall(*cookie);
  return identity && identity->may(permission) ? identity : nullptr;
}

http::Handler guarded(Context& context, access::Permission permission, GuardedHandler handler) {
  return [&context, permission,
          handler = std::move(handler)](const http::Request& request) -> Result<http::Response> {
    auto admission = admit(context, request, permission);
    if (!admission.identity) return std::move(admission.refusal);
    return answer_as(context, request, *admission.identity, handler);
  };
}

http::Handler guarded_there(Context& context, access::Permission permission, GuardedHandler handler) {
  return [&context, permission,
          handler = std::move(handler)](const http::Request& request) -> Result<http::Response> {
    auto admission = admit(context, request, access::Permission::be_known);
    if (!admission.identity) return std::move(admission.refusal);
    const auto id = parse_id<OrganizationId>(request.param("organizationId"));
    if (!id) return no_such("organization");
    LT_TRY(const auto there, as_member_of(context, *admission.identity, *id));
    if (!there) return no_such("organization");
    if (!there->may(permission)) return may_not(*there, permission);
    return answer_as(context, request, *there, handler);
  };
}

/// A failure leaves the session as it is: the next request tries again.
void renew_session(const Context& context, const http::Request& request, http::Response& answer) {
  const auto cookie = session_token(request);
  if (!cookie) return;
  auto token = context.sessions.renew(*cookie);
  if (!token) {
    context.log.error("session not renewed", {{"error", token.error().story()}});
    return;
  }
  if (*token) set_session(answer, request, **token);
}

http::Response no_such(std::string_view thing) {
  return http::problem(404, fmt::format("there is no such {}", thing));
}

}  // namespace longtake::api
