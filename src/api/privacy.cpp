// GET /privacy, /me/data and /users/{userId}/data, DELETE /users/{userId}.
#include <boost/json/array.hpp>

#include "access/invitations.h"
#include "access/privacy.h"
#include "api/context.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using access::Privacy;

constexpr std::size_t audit_page = 2'000;

std::int64_t days(std::chrono::hours hours) {
  return std::chrono::ceil<std::chrono::days>(hours).count();
}

/// Of the longest-kept channel of the organization; nothing when one has no limit of age, or there is none.
Result<std::optional<std::int64_t>> footage_days(const Context& context, OrganizationId organization) {
  constexpr std::size_t all = 100'000;
  LT_TRY(const auto channels, context.channels.list(organization, {}, all));
  std::optional<std::int64_t> longest;
  for (const auto& channel : channels) {
    const auto& age = channel.settings.retention.max_age;
    if (!age) return std::optional<std::int64_t>{};
    longest = std::max(longest.value_or(0), days(*age));
  }
  return longest;
}

Result<http::Response> what_is_kept(Context& context, const http::Request&, const Identity& caller) {
  LT_TRY(const auto footage, footage_days(context, caller.organization));
  json::array items;
  const auto add = [&](std::string_view kind, std::optional<std::int64_t> kept) {
    json::object item{{"kind", kind}};
    if (kept) item["days"] = *kept;
    items.push_back(std::move(item));
  };
  add("account", {});
  add("sessions", days(access::Sessions::Options{}.longest));
  add("audit", {});
  add("footage", footage);
  add("shares", days(std::chrono::hours{24 * 30} + Privacy::keep_ended));
  add("invitations", days(access::Invitations::life + Privacy::keep_ended));
  return json_response({{"items", std::move(items)}});
}

json::array sessions_json(const std::vector<access::SessionEntry>& sessions) {
  json::array out;
  for (const auto& session : sessions)
    out.push_back({{"createdAt", format_rfc3339(session.created)},
                   {"lastSeenAt", format_rfc3339(session.last_seen)},
                   {"remote", session.remote},
                   {"agent", session.agent}});
  return out;
}

json::array tokens_json(const std::vector<access::TokenEntry>& tokens) {
  json::array out;
  for (const auto& token : tokens) {
    json::object item{{"name", token.name},
                      {"scopes", access::format_scopes(token.scopes)},
                      {"createdAt", format_rfc3339(token.created)}};
    if (token.last_used) item["lastUsedAt"] = format_rfc3339(*token.last_used);
    if (token.expires) item["expiresAt"] = format_rfc3339(*token.expires);
    out.push_back(std::move(item));
  }
  return out;
}

json::array invitations_json(const std::vector<access::PersonRecords::Invitation>& invitations) {
  json::array out;
  for (const auto& one : invitations)
    out.push_back({{"organization", one.organization},
                   {"email", one.email},
                   {"createdAt", format_rfc3339(one.created)}});
  return out;
}

void add_records(json::object& out, const access::PersonRecords& records) {
  json::array shares, providers;
  for (const auto& share : records.shares)
    shares.push_back({{"id", share.id},
                      {"title", share.title},
                      {"createdAt", format_rfc3339(share.created)},
                      {"expiresAt", format_rfc3339(share.expires)}});
  for (const auto& one : records.providers)
    providers.push_back(
        {{"issuer", one.issuer}, {"subject", one.subject}, {"createdAt", format_rfc3339(one.created)}});
  out["shares"] = std::move(shares);
  out["providers"] = std::move(providers);
  out["invitationsSent"] = invitations_json(records.sent);
  out["invitationsReceived"] = invitations_json(records.received);
}

/// What the audit says that the person did.
Result<json::array> deeds_json(const Context& context, UserId user, std::stop_token stop) {
  json::array out;
  access::AuditId last;
  for (bool more = true; more && !stop.stop_requested();) {
    LT_TRY(const auto page, context.audit.list_forward({.actor = user}, last, audit_page));
    for (const auto& entry : page)
      out.push_back({{"at", format_rfc3339(entry.at)},
                     {"action", entry.deed.action},
                     {"thing", entry.deed.thing},
                     {"thingId", entry.deed.thing_id},
                     {"remote", entry.deed.remote}});
    more = page.size() == audit_page;
    if (more) last = page.back().id;
  }
  return out;
}

/// Everything but secrets: those are kept as hashes, or sealed.
Result<http::Response> data_of(Context& context, const http::Request& request, UserId user) {
  LT_TRY(const auto person, context.people.get(user));
  LT_TRY(const auto sessions, context.sessions.list(user));
  LT_TRY(const auto tokens, context.tokens.list(user));
  LT_TRY(const auto records, context.privacy.records(user));
  LT_TRY(auto deeds, deeds_json(context, user, request.stop));
  json::object out{
      {"person", user_json(person)}, {"sessions", sessions_json(sessions)}, {"tokens", tokens_json(tokens)}};
  add_records(out, records);
  out["audit"] = std::move(deeds);
  return json_response(out).with("Content-Disposition",
                                 fmt::format("attachment; filename=\"longtake-person-{}.json\"", user));
}

Result<http::Response> export_own(Context& context, const http::Request& request, const Identity& caller) {
  return data_of(context, request, caller.user);
}

Result<http::Response> export_other(Context& context, const http::Request& request, const Identity&) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  return data_of(context, request, *id);
}

Result<http::Response> erase(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  LT_CHECK(context.privacy.erase(*id));
  context.log.info("person erased", {{"person", *id}, {"user", caller.user}});
  context.events.tell_signed_out(*id);
  return http::Response::empty(204);
}

}  // namespace

void add_privacy_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/privacy", guarded(context, Permission::be_known, what_is_kept));
  router.add(Method::get, "/api/v1/me/data", guarded(context, Permission::be_known, export_own));
  router.add(Method::get, "/api/v1/users/{userId}/data",
             guarded(context, Permission::manage_site, export_other));
  router.add(Method::delete_, "/api/v1/users/{userId}", guarded(context, Permission::manage_site, erase));
}

}  // namespace longtake::api
