#include "desk/clip.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace longtake::desk {

namespace json = boost::json;

std::string format_missing(const std::vector<Missing>& missing) {
  json::array out;
  for (const auto& gap : missing)
    out.push_back({{"from", to_us(gap.range.from)}, {"to", to_us(gap.range.to)}, {"cause", gap.cause}});
  return json::serialize(out);
}

std::vector<Missing> parse_missing(const std::string& text) {
  json::error_code ec;
  const auto value = json::parse(text, ec);
  std::vector<Missing> out;
  if (ec || !value.is_array()) return out;
  for (const auto& item : value.get_array()) {
    const auto* gap = item.if_object();
    const auto* from = gap ? gap->if_contains("from") : nullptr;
    const auto* to = gap ? gap->if_contains("to") : nullptr;
    const auto* cause = gap ? gap->if_contains("cause") : nullptr;
    if (!from || !to || !cause || !from->is_int64() || !to->is_int64() || !cause->is_string()) continue;
    out.push_back({.range = {wall_from_us(from->get_int64()), wall_from_us(to->get_int64())},
                   .cause = std::string{cause->get_string()}});
  }
  return out;
}

std::string_view to_string(Edges edges) {
  return edges == Edges::encode ? "encode" : "copy";
}

Edges parse_edges(std::string_view name) {
  return name == "encode" ? Edges::encode : Edges::copy;
}

std::string_view to_string(Clip::State state) {
  switch (state) {
    case Clip::State::queued:
      return "queued";
    case Clip::State::cutting:
      return "cutting";
    case Clip::State::ready:
      return "ready";
    case Clip::State::failed:
      return "failed";
    case Clip::State::cancelled:
      return "cancelled";
  }
  return "failed";
}

}  // namespace longtake::desk
