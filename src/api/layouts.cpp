// /layouts: walls that the caller keeps by name, in the organization where they act.
#include "desk/layouts.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Layout;
using desk::LayoutId;
using desk::Layouts;

Layouts::Owner owner_of(const Identity& caller) {
  return {.organization = caller.organization, .user = caller.user};
}

json::object layout_json(const Layout& layout) {
  json::array channels;
  for (const auto channel : layout.channels)
    channels.emplace_back(to_string(channel));
  return {{"id", to_string(layout.id)},
          {"name", layout.name},
          {"grid", layout.grid},
          {"channels", std::move(channels)},
          {"updatedAt", format_rfc3339(layout.updated)},
          {"version", layout.version}};
}

http::Response layout_response(const Layout& layout, int status = 200) {
  return json_response(layout_json(layout), status).with_etag(std::to_string(layout.version));
}

std::optional<int> read_grid(Fields& fields) {
  const auto grid = fields.integer("grid", {1, 16});
  if (!grid) return {};
  if (*grid != 1 && *grid != 4 && *grid != 9 && *grid != 16) fields.fail("grid", "must be 1, 4, 9 or 16");
  return static_cast<int>(*grid);
}

std::optional<std::vector<ChannelId>> read_channels(Fields& fields) {
  const auto texts = fields.texts("channels", {1, 64}, Layouts::most_channels);
  if (!texts) return {};
  std::vector<ChannelId> out;
  for (const auto& text : *texts) {
    const auto id = parse_id<ChannelId>(text);
    if (!id) {
      fields.fail("channels", fmt::format("'{}' is not the id of a channel", text));
    } else if (std::ranges::find(out, *id) != out.end()) {
      fields.fail("channels", fmt::format("names channel {} twice", text));
    } else {
      out.push_back(*id);
    }
  }
  return out;
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto page = read_page<LayoutId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto rows, context.layouts.list(owner_of(caller), {page.after, page.limit + 1}));
  json::array items;
  for (std::size_t i = 0; i < std::min(page.limit, rows.size()); ++i)
    items.push_back(layout_json(rows[i]));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (rows.size() > page.limit) out["next"] = to_string(rows[page.limit - 1].id);
  return json_response(out);
}

Result<http::Response> create_once(Context& context, const http::Request& request, const Identity& caller) {
  Fields fields{request};
  desk::NewLayout wanted{.name = fields.required_text("name", {1, 100})};
  const auto grid = read_grid(fields);
  const auto channels = read_channels(fields);
  if (!grid) fields.fail("grid", "is missing");
  if (!channels) fields.fail("channels", "is missing");
  if (auto invalid = fields.finish()) return *std::move(invalid);
  wanted.grid = *grid;
  wanted.channels = *channels;
  LT_TRY(const auto made, context.layouts.create(owner_of(caller), wanted));
  return layout_response(made, 201).with("Location", fmt::format("/api/v1/layouts/{}", made.id));
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  return context.idempotency.once(request, {caller.organization, caller.user},
                                  [&] { return create_once(context, request, caller); });
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<LayoutId>(request.param("layoutId"));
  if (!id) return no_such("layout");
  LT_TRY(const auto layout, context.layouts.get(owner_of(caller), *id));
  return layout_response(layout);
}

http::Response stale(std::string detail) {
  return http::problem({.status = 412, .type = "urn:longtake:stale", .detail = std::move(detail)});
}

Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto id = parse_id<LayoutId>(request.param("layoutId"));
  if (!id) return no_such("layout");
  Fields fields{request};
  desk::LayoutEdit edit{.name = fields.text("name", {1, 100})};
  edit.grid = read_grid(fields);
  edit.channels = read_channels(fields);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto before, context.layouts.get(owner_of(caller), *id));
  if (!is_of_version(request, before.version))
    return stale("this layout was edited meanwhile: load it again");
  if (names_version(request)) edit.expected_version = before.version;
  auto edited = context.layouts.edit(owner_of(caller), *id, edit);
  if (!edited && edited.error().kind() == "stale") return stale(edited.error().text());
  if (!edited) return std::move(edited).error();
  return layout_response(*edited);
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<LayoutId>(request.param("layoutId"));
  if (!id) return no_such("layout");
  LT_CHECK(context.layouts.remove(owner_of(caller), *id));
  return http::Response::empty(204);
}

}  // namespace

void add_layout_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/layouts", one = "/api/v1/layouts/{layoutId}";
  router.add(Method::get, all, guarded(context, Permission::watch, list));
  router.add(Method::post, all, guarded(context, Permission::watch, create));
  router.add(Method::get, one, guarded(context, Permission::watch, get));
  router.add(Method::patch, one, guarded(context, Permission::watch, edit));
  router.add(Method::delete_, one, guarded(context, Permission::watch, remove));
}

}  // namespace longtake::api
