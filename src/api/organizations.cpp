// /organizations.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/named_page.h"
#include "base/zone.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

http::Response organization_response(const access::Organization& organization, int status = 200) {
  return json_response(organization_json(organization), status)
      .with_etag(std::to_string(organization.version));
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto page = read_named_page(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  json::array items;
  json::object out{{"items", json::array{}}, {"next", nullptr}};
  // A token of less than the whole site knows the organization it was made for.
  if (caller.token && !caller.may(Permission::manage_site)) {
    LT_TRY(const auto own, context.organizations.get(caller.organization));
    if (page.after.id == 0) items.push_back(organization_json(own));
    out["items"] = std::move(items);
    return json_response(out);
  }
  const auto member = caller.may(Permission::manage_site) ? std::nullopt : std::optional{caller.user};
  LT_TRY(const auto rows, context.organizations.list({member, page.after, page.limit + 1}));
  for (std::size_t i = 0; i < std::min(page.limit, rows.size()); ++i)
    items.push_back(organization_json(rows[i]));
  if (rows.size() > page.limit) {
    const auto& last = rows[page.limit - 1];
    out["next"] = cursor_of({last.name, last.id.value});
  }
  out["items"] = std::move(items);
  return json_response(out);
}

std::optional<access::OrganizationKind> read_kind(Fields& fields) {
  const auto kind = fields.choice("kind", {"desk", "club"});
  return kind ? access::find_organization_kind(*kind) : std::nullopt;
}

void check_words(Fields& fields, const std::string& slug, const std::string& zone) {
  if (const auto status = access::check_slug(slug); !status) fields.fail("slug", status.error().text());
  if (const auto status = check_zone(zone); !status) fields.fail("timeZone", status.error().text());
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::NewOrganization wanted{.slug = fields.required_text("slug", {1, 40}),
                                 .name = fields.required_text("name", {1, 100})};
  fields.check_label("name", wanted.name);
  if (const auto kind = read_kind(fields)) wanted.kind = *kind;
  if (auto zone = fields.text("timeZone", {1, 64})) wanted.time_zone = *std::move(zone);
  if (auto language = fields.choice("language", {"en", "es", "ru"})) wanted.language = *std::move(language);
  check_words(fields, wanted.slug, wanted.time_zone);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto made, context.organizations.create(wanted));
  context.log.info("organization made", {{"organization", made.id}, {"user", caller.user}});
  // Superadmins may act in it: their pages list it.
  context.events.tell_changed(caller.user);
  return organization_response(made, 201).with("Location", fmt::format("/api/v1/organizations/{}", made.id));
}

Result<http::Response> get(Context& context, const http::Request&, const Identity& there) {
  LT_TRY(const auto organization, context.organizations.get(there.organization));
  return organization_response(organization);
}

http::Response stale(std::string detail) {
  return http::problem({.status = 412, .type = "urn:longtake:stale", .detail = std::move(detail)});
}

Result<http::Response> edit(Context& context, const http::Request& request, const Identity& there) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::OrganizationEdit edit;
  edit.name = fields.text("name", {1, 100});
  fields.check_label("name", edit.name);
  edit.slug = fields.text("slug", {1, 40});
  edit.time_zone = fields.text("timeZone", {1, 64});
  edit.language = fields.choice("language", {"en", "es", "ru"});
  check_words(fields, edit.slug.value_or("x"), edit.time_zone.value_or("UTC"));
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (edit.slug && !there.may(Permission::manage_site))
    return http::problem(403, "only superadmins change the short name of an organization");
  LT_TRY(const auto before, context.organizations.get(there.organization));
  if (!is_of_version(request, before.version)) return stale("somebody edited it meanwhile: load it again");
  if (names_version(request)) edit.expected_version = before.version;
  auto edited = context.organizations.edit(there.organization, edit);
  if (!edited && edited.error().kind() == "stale") return stale(edited.error().text());
  if (!edited) return std::move(edited).error();
  context.events.tell_changed(there.organization);
  return organization_response(*edited);
}

Result<http::Response> remove(Context& context, const http::Request&, const Identity& there) {
  LT_TRY(const auto members, context.memberships.list(there.organization, {}, 1'000'000));
  LT_CHECK(context.organizations.remove(there.organization));
  context.log.info("organization removed", {{"organization", there.organization}, {"user", there.user}});
  for (const auto& member : members)
    context.events.tell_changed(member.user);
  context.events.tell_changed(there.user);
  return http::Response::empty(204);
}

}  // namespace

void add_organization_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/organizations", one = "/api/v1/organizations/{organizationId}";
  router.add(Method::get, all, guarded(context, Permission::be_known, list));
  router.add(Method::post, all, guarded(context, Permission::manage_site, create));
  router.add(Method::get, one, guarded_there(context, Permission::be_known, get));
  router.add(Method::patch, one, guarded_there(context, Permission::manage_members, edit));
  router.add(Method::delete_, one, guarded_there(context, Permission::manage_site, remove));
}

}  // namespace longtake::api
