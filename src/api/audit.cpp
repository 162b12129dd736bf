// GET /audit, /audit.csv and /audit/verification.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <map>
#include <tuple>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/export_file.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::AuditEntry;
using access::AuditFilter;
using access::AuditId;
using access::Identity;
using access::Permission;

constexpr std::size_t csv_page = 2'000;

/// A person whose name is no longer known to anybody.
bool is_erased(const AuditEntry& entry) {
  using Kind = access::ActorKind;
  const auto kind = entry.deed.kind;
  return (kind == Kind::user || kind == Kind::token) && entry.actor_name.empty();
}

std::string actor_name(const AuditEntry& entry) {
  using Kind = access::ActorKind;
  switch (entry.deed.kind) {
    case Kind::user:
    case Kind::token:
      return is_erased(entry) ? "erased person" : entry.actor_name;
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

/// Nothing where `get` finds no such thing.
template <typename ThingId, typename Get>
Result<std::optional<std::string>> find_name(const std::string& text, Get get) {
  const auto id = parse_id<ThingId>(text);
  if (!id) return std::optional<std::string>{};
  auto name = get(*id);
  if (name) return std::optional{*std::move(name)};
  if (name.error().code() != Code::not_found) return name.error();
  return std::optional<std::string>{};
}

/// What the thing of an entry is called today; nothing for what is gone, or has no name.
Result<std::optional<std::string>> find_thing_name(Context& context, const access::Deed& deed) {
  if (deed.thing == "person" || deed.thing == "member")
    return find_name<UserId>(deed.thing_id, [&](UserId id) -> Result<std::string> {
      LT_TRY(auto user, context.people.get(id));
      return std::move(user.email);
    });
  if (deed.thing == "organization")
    return find_name<OrganizationId>(deed.thing_id, [&](OrganizationId id) -> Result<std::string> {
      LT_TRY(auto organization, context.organizations.get(id));
      return std::move(organization.name);
    });
  if (deed.thing == "channel")
    return find_name<ChannelId>(deed.thing_id, [&](ChannelId id) -> Result<std::string> {
      LT_TRY(auto channel, context.channels.get(deed.organization, id));
      return std::move(channel.settings.name);
    });
  return std::optional<std::string>{};
}

/// Asks for each thing of a page once.
class ThingNames {
 public:
  explicit ThingNames(Context& context) : context_(context) {}
  Result<std::optional<std::string>> find(const access::Deed& deed) {
    const auto key = std::tuple{deed.organization, deed.thing, deed.thing_id};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    LT_TRY(auto name, find_thing_name(context_, deed), "naming {} {}", deed.thing, deed.thing_id);
    return known_.emplace(key, std::move(name)).first->second;
  }

 private:
  Context& context_;
  std::map<std::tuple<OrganizationId, std::string, std::string>, std::optional<std::string>> known_;
};

json::object entry_json(const AuditEntry& entry, const std::optional<std::string>& thing_name) {
  const auto& deed = entry.deed;
  json::object actor{{"kind", to_string(deed.kind)}, {"name", actor_name(entry)}};
  if (is_erased(entry)) actor["erased"] = true;
  if (deed.actor) actor["id"] = to_string(deed.actor);
  json::object out{{"id", to_string(entry.id)},
                   {"at", format_rfc3339(entry.at)},
                   {"action", deed.action},
                   {"actor", std::move(actor)},
                   {"remote", deed.remote}};
  if (deed.organization) out["organizationId"] = to_string(deed.organization);
  if (!deed.thing.empty()) out["thing"] = deed.thing;
  if (!deed.thing_id.empty()) out["thingId"] = deed.thing_id;
  if (thing_name) out["thingName"] = *thing_name;
  if (!deed.before.empty()) out["before"] = facts_json(deed.before);
  if (!deed.after.empty()) out["after"] = facts_json(deed.after);
  return out;
}

/// What the caller may see of what they ask for: their organization; a superadmin the site.
AuditFilter read_filter(Parameters& parameters, const Identity& caller) {
  AuditFilter filter{.from = parameters.instant("from"), .to = parameters.instant_or_live("to")};
  if (filter.from && filter.to && *filter.to <= *filter.from) parameters.fail("to", "must be after `from`");
  filter.action = parameters.text("action", 60).value_or("");
  filter.thing = parameters.text("thing", 40).value_or("");
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
  const auto [limit, before] = read_page<AuditId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto page, context.audit.list(filter, before, limit + 1));
  ThingNames names{context};
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, page.size()); ++i) {
    LT_TRY(const auto name, names.find(page[i].deed));
    items.push_back(entry_json(page[i], name));
  }
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

Result<http::Response> export_csv(Context& context, Exports& exports, const http::Request& request,
                                  const Identity& caller) {
  Parameters parameters{request};
  const auto filter = read_filter(parameters, caller);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  const auto turn = exports.begin(caller.user);
  if (!turn) return too_many_exports();
  LT_TRY(auto file, ExportFile::make(context.site.data), "exporting the audit");
  LT_CHECK(file.write(csv_head));
  AuditId last;
  for (bool more = true; more;) {
    if (request.stop.stop_requested()) return export_stopped();
    LT_TRY(const auto page, context.audit.list_forward(filter, last, csv_page));
    std::string text;
    for (const auto& entry : page)
      text += csv_line(entry);
    LT_CHECK(file.write(text), "exporting the audit");
    more = page.size() == csv_page;
    if (more) last = page.back().id;
  }
  return std::move(file).finish("text/csv; charset=utf-8", "audit.csv");
}

Result<http::Response> verify(Context& context, const http::Request& request, const Identity&) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto found, context.audit.verify({}, request.stop));
  json::object out{{"intact", !found.broken_at}, {"entries", found.entries}};
  if (found.broken_at) out["brokenAt"] = to_string(found.broken_at);
  return json_response(out);
}

}  // namespace

void add_audit_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/audit", guarded(context, Permission::read_audit, list));
  router.add(
      Method::get, "/api/v1/audit.csv",
      guarded(context, Permission::read_audit,
              [exports = std::make_shared<Exports>()](Context& c, const http::Request& r, const Identity& i) {
                return export_csv(c, *exports, r, i);
              }),
      {.watched = true});
  router.add(Method::get, "/api/v1/audit/verification", guarded(context, Permission::manage_site, verify),
             {.watched = true});
}

}  // namespace longtake::api
