#include "api/named_page.h"

#include "access/base64url.h"

namespace longtake::api {
namespace {

using access::NamedPlace;

/// ID.NAME
std::optional<NamedPlace> parse(std::string_view cursor) {
  const auto dot = cursor.find('.');
  if (dot == cursor.npos) return {};
  const auto id = parse_id<Id<struct PlaceTag>>(cursor.substr(0, dot));
  auto name = access::from_base64url(cursor.substr(dot + 1));
  if (!id || !name) return {};
  return NamedPlace{*std::move(name), id->value};
}

}  // namespace

NamedPage read_named_page(Parameters& parameters) {
  NamedPage page{.after = {}, .limit = static_cast<std::size_t>(parameters.integer("limit", 50, {1, 200}))};
  if (const auto cursor = parameters.text("cursor", 800)) {
    if (auto place = parse(*cursor))
      page.after = *std::move(place);
    else
      parameters.fail("cursor", "must be the `next` of the page before");
  }
  return page;
}

std::string cursor_of(const NamedPlace& last) {
  return fmt::format("{}.{}", last.id, access::to_base64url(last.name));
}

}  // namespace longtake::api
