// GET /audit, /audit.csv and /audit/verification.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "io/file.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::AuditEntry;
using access::AuditFilter;
using access::AuditId;
using access::Identity;
using access::Permission;

constexpr std::size_t csv_page = 2'000;

std::string actor_name(const AuditEntry& entry) {
  using Kind = access::ActorKind;
  switch (entry.deed.kind) {
    case Kind::user:
    case Kind::token:
      return entry.actor_name.empty() ? "erased person" : entry.actor_name;
    case Kind::share:
    case Kind::link:
      return "shared link";
    case Kind::command:
      return "command line";
    case Kind::nobody:
      break;
  }
  return "unknown";
}

/// What an entry keeps of a thing; written by us, so always an object.
json::value facts_json(const std::string& text) {
  json::error_code ec;
  auto value = json::parse(text, ec);
  return ec ? json::object{} : std::move(value);
}

json::object entry_json(const AuditEntry& entry) {
  const auto& deed = entry.deed;
  json::object actor{{"name", actor_name(entry)}};
  if (deed.actor) actor["id"] = to_string(deed.actor);
  json::object out{{"id", to_string(entry.id)},
                   {"at", format_rfc3339(entry.at)},
                   {"action", deed.action},
                   {"actor", std::move(actor)},
                   {"remote", deed.remote}};
  if (deed.organization) out["organizationId"] = to_string(deed.organization);
  if (!deed.thing.empty()) out["thing"] = deed.thing;
  if (!deed.thing_id.empty()) out["thingId"] = deed.thing_id;
  if (!deed.before.empty()) out["before"] = facts_json(deed.before);
  if (!deed.after.empty()) out["after"] = facts_json(deed.after);
  return out;
}

/// What the caller may see of what they ask for: their organization; a superadmin the site.
AuditFilter read_filter(Parameters& parameters, const Identity& caller) {
  AuditFilter filter{.from = parameters.instant("from"), .to = parameters.instant_or_live("to")};
  if (filter.from && filter.to && *filter.to <= *filter.from) parameters.fail("to", "must be after `from`");
  filter.action = parameters.text("action", 60).value_or("");
  filter.thing_id = parameters.text("thingId", 64).value_or("");
  if (const auto actor = parameters.text("actorId", 64)) {
    const auto id = parse_id<UserId>(*actor);
    if (!id) parameters.fail("actorId", "must be the id of a person");
    if (id) filter.actor = *id;
  }
  const bool whole_site = caller.may(Permission::manage_site);
  if (!whole_site) filter.organization = caller.organization;
  if (const auto organization = parameters.text("organizationId", 64)) {
    const auto id = parse_id<OrganizationId>(*organization);
    if (!id || (!whole_site && *id != caller.organization))
      parameters.fail("organizationId", "must be an organization whose audit you may read");
    if (id && whole_site) filter.organization = *id;
  }
  return filter;
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto filter = read_filter(parameters, caller);
  const auto limit = static_cast<std::size_t>(parameters.integer("limit", 50, {1, 200}));
  AuditId before;
  if (const auto cursor = parameters.text("cursor", 500)) {
    const auto id = parse_id<AuditId>(*cursor);
    if (!id) parameters.fail("cursor", "must be the `next` of the page before");
    if (id) before = *id;
  }
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto page, context.audit.list(filter, before, limit + 1));
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, page.size()); ++i)
    items.push_back(entry_json(page[i]));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (page.size() > limit) out["next"] = to_string(page[limit - 1].id);
  return json_response(out);
}

/// RFC 4180. A text that a spreadsheet would take for a formula is led by an apostrophe.
void add_cell(std::string& out, std::string_view text, char after = ',') {
  const bool formula = !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != text.npos;
  out += '"';
  if (formula) out += '\'';
  for (const char c : text)
    out.append(c == '"' ? 2 : 1, c);
  out += '"';
  out += after;
}

std::string csv_line(const AuditEntry& entry) {
  const auto& deed = entry.deed;
  const auto number = [](auto id) { return id ? to_string(id) : std::string{}; };
  std::string out;
  for (const auto& cell : {to_string(entry.id), format_rfc3339(entry.at), number(deed.organization),
                           std::string{to_string(deed.kind)}, number(deed.actor), actor_name(entry),
                           deed.action, deed.thing, deed.thing_id, deed.remote, deed.before, deed.after})
    add_cell(out, cell);
  add_cell(out, entry.hash, '\r');
  out += '\n';
  return out;
}

constexpr std::string_view csv_head =
    "id,at,organization,actor_kind,actor_id,actor,action,thing,thing_id,remote,before,after,hash\r\n";

/// A file without a name: the entries of years are not held in memory, and nothing is left of it.
Result<Fd> make_nameless_file() {
  auto pattern = (std::filesystem::temp_directory_path() / "longtake-audit-XXXXXX").string();
  Fd file{::mkostemp(pattern.data(), O_CLOEXEC)};
  if (!file) return io::os_error(errno, "make", pattern);
  ::unlink(pattern.c_str());
  return file;
}

Result<http::Response> export_csv(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto filter = read_filter(parameters, caller);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(auto file, make_nameless_file(), "exporting the audit");
  std::uint64_t size = 0;
  const auto write = [&](std::string_view text) -> Status {
    LT_CHECK(io::write_at(file, size, std::as_bytes(std::span{text})), "exporting the audit");
    size += text.size();
    return {};
  };
  LT_CHECK(write(csv_head));
  AuditId last;
  for (bool more = true; more && !request.stop.stop_requested();) {
    LT_TRY(const auto page, context.audit.list_forward(filter, last, csv_page));
    std::string text;
    for (const auto& entry : page)
      text += csv_line(entry);
    LT_CHECK(write(text));
    more = page.size() == csv_page;
    if (more) last = page.back().id;
  }
  media::SliceList body;
  body.append(media::FileSlice{io::share(std::move(file)), 0, size});
  return http::Response::slices(std::move(body), "text/csv; charset=utf-8")
      .with("Cache-Control", "no-store")
      .with("Content-Disposition", "attachment; filename=\"audit.csv\"");
}

Result<http::Response> verify(Context& context, const http::Request& request, const Identity&) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto found, context.audit.verify());
  json::object out{{"intact", !found.broken_at}, {"entries", found.entries}};
  if (found.broken_at) out["brokenAt"] = to_string(found.broken_at);
  return json_response(out);
}

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/audit", guarded(context, Permission::read_audit, list));
  router.add(Method::get, "/api/v1/audit.csv", guarded(context, Permission::read_audit, export_csv));
  router.add(Method::get, "/api/v1/audit/verification", guarded(context, Permission::manage_site, verify));
}

}  // namespace longtake::api
