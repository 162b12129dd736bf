// GET /privacy, /me/data and /users/{userId}/data, DELETE /users/{userId}.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "access/invitations.h"
#include "access/privacy.h"
#include "api/clip_json.h"
#include "api/context.h"
#include "api/encode.h"
#include "api/export_file.h"
#include "api/guard.h"
#include "api/note_shapes.h"
#include "api/proof.h"
#include "api/screenshot_json.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using access::Privacy;

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
  add("notes", {});
  add("clips", {});
  add("viewings", days(context.coverage.keep()));
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
  json::array layouts;
  for (const auto& one : records.layouts)
    layouts.push_back(
        {{"organization", one.organization}, {"name", one.name}, {"updatedAt", format_rfc3339(one.updated)}});
  out["shares"] = std::move(shares);
  out["layouts"] = std::move(layouts);
  out["providers"] = std::move(providers);
  out["invitationsSent"] = invitations_json(records.sent);
  out["invitationsReceived"] = invitations_json(records.received);
}

json::array viewings_json(const std::vector<desk::Coverage::Day>& days) {
  const auto minutes = [](Micros d) { return std::chrono::duration<double, std::ratio<60>>(d).count(); };
  json::array out;
  for (const auto& one : days)
    out.push_back({{"day", format_rfc3339(one.day).substr(0, 10)},
                   {"channelId", to_string(one.channel)},
                   {"footageMinutes", minutes(one.reviewed)},
                   {"screenMinutes", minutes(one.shown)}});
  return out;
}

/// A list of the document, page by page: of years it is long.
struct Pages {
  std::string_view name;  ///< as the document calls it
  std::size_t size;
};
template <class PageAfter, class ToJson>
Status write_list(ExportFile& file, std::stop_token stop, const Pages& pages, PageAfter page_after,
                  ToJson to_json) {
  LT_CHECK(file.write(fmt::format(",\"{}\":[", pages.name)));
  decltype(page_after({})->back().id) last;
  bool first = true;
  for (bool more = true; more;) {
    if (stop.stop_requested()) return export_stopped();
    LT_TRY(const auto page, page_after(last));
    std::string text;
    for (const auto& one : page) {
      if (!std::exchange(first, false)) text += ',';
      text += json::serialize(to_json(one));
    }
    LT_CHECK(file.write(text));
    more = page.size() == pages.size;
    if (more) last = page.back().id;
  }
  return file.write("]");
}

json::object deed_json(const access::AuditEntry& entry) {
  return {{"at", format_rfc3339(entry.at)},
          {"action", entry.deed.action},
          {"thing", entry.deed.thing},
          {"thingId", entry.deed.thing_id},
          {"remote", entry.deed.remote}};
}

/// What the person wrote and kept, and what the audit says that they did.
Status write_lists(const Context& context, UserId user, std::stop_token stop, ExportFile& file) {
  constexpr Pages notes{"notes", 500}, clips{"clips", 500}, shots{"screenshots", 500}, deeds{"audit", 2'000};
  LT_CHECK(write_list(
      file, stop, notes,
      [&](desk::NoteId after) { return context.notes.written_by(user, after, notes.size); }, note_json));
  LT_CHECK(write_list(
      file, stop, clips, [&](ClipId after) { return context.clips.cut_by(user, after, clips.size); },
      clip_json));
  LT_CHECK(write_list(
      file, stop, shots,
      [&](desk::ScreenshotId after) { return context.screenshots.taken_by(user, after, shots.size); },
      screenshot_json));
  return write_list(
      file, stop, deeds,
      [&](access::AuditId after) { return context.audit.list_forward({.actor = user}, after, deeds.size); },
      deed_json);
}

/// Everything but secrets: those are kept as hashes, or sealed.
Result<http::Response> data_of(Context& context, const http::Request& request, UserId user) {
  LT_TRY(const auto person, context.people.get(user));
  LT_TRY(const auto sessions, context.sessions.list(user));
  LT_TRY(const auto tokens, context.tokens.list(user));
  LT_TRY(const auto records, context.privacy.records(user));
  LT_TRY(const auto viewings, context.coverage.days(user));
  json::object out{
      {"person", user_json(person)}, {"sessions", sessions_json(sessions)}, {"tokens", tokens_json(tokens)}};
  add_records(out, records);
  out["viewings"] = viewings_json(viewings);
  auto text = json::serialize(out);
  text.pop_back();
  LT_TRY(auto file, ExportFile::make(context.site.data));
  LT_CHECK(file.write(text));
  LT_CHECK(write_lists(context, user, request.stop, file), "exporting what is kept of person {}", user);
  LT_CHECK(file.write("}"));
  return std::move(file).finish("application/json", fmt::format("longtake-person-{}.json", user));
}

Result<http::Response> export_own(Context& context, Exports& exports, const http::Request& request,
                                  const Identity& caller) {
  if (auto refusal = refuse_token(request)) return *std::move(refusal);
  const auto turn = exports.begin(caller.user);
  if (!turn) return too_many_exports();
  return data_of(context, request, caller.user);
}

Result<http::Response> export_other(Context& context, Exports& exports, const http::Request& request,
                                    const Identity& caller) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  const auto turn = exports.begin(caller.user);
  if (!turn) return too_many_exports();
  return data_of(context, request, *id);
}

Result<http::Response> erase(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<UserId>(request.param("userId"));
  if (!id) return no_such("person");
  LT_CHECK(context.privacy.erase(*id));
  context.log.info("person erased", {{"person", *id}, {"user", caller.user}});
  context.events.tell_barred(*id);
  return http::Response::empty(204);
}

}  // namespace

void add_privacy_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto exports = std::make_shared<Exports>();
  const auto within = [exports](auto handler) {
    return [exports, handler](Context& c, const http::Request& r, const Identity& i) {
      return handler(c, *exports, r, i);
    };
  };
  router.add(Method::get, "/api/v1/privacy", guarded(context, Permission::be_known, what_is_kept));
  router.add(Method::get, "/api/v1/me/data", guarded(context, Permission::be_known, within(export_own)),
             {.watched = true});
  router.add(Method::get, "/api/v1/users/{userId}/data",
             guarded(context, Permission::manage_site, within(export_other)), {.watched = true});
  router.add(Method::delete_, "/api/v1/users/{userId}", guarded(context, Permission::manage_site, erase));
}

}  // namespace longtake::api
