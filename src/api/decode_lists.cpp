// Fields of a body that are lists, may be null, or are of a shape that people made.
#include <boost/json/array.hpp>

#include "api/decode.h"

namespace longtake::api {

std::optional<WallTime> Fields::instant(const std::string& name) {
  if (!find(name)) return {};
  return required_instant(name);
}

std::optional<std::optional<WallTime>> Fields::nullable_instant(const std::string& name) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<WallTime>{};
  return std::optional{required_instant(name)};
}

std::optional<std::optional<std::string>> Fields::nullable_text(const std::string& name, Length length) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<std::string>{};
  return std::optional{text(name, length)};
}

std::optional<std::vector<std::string>> Fields::texts(const std::string& name, Length each,
                                                      std::size_t most) {
  const auto* value = find(name);
  if (!value) return {};
  const auto wrong = [&] {
    fail(name, fmt::format("must be an array of at most {} texts of {} to {} characters", most, each.least,
                           each.most));
    return std::nullopt;
  };
  if (!value->is_array() || value->get_array().size() > most) return wrong();
  std::vector<std::string> out;
  for (const auto& item : value->get_array()) {
    const boost::json::object one{{"text", item}};
    Fields alone{&one, prefix_ + name + "."};
    auto text = alone.text("text", each);
    if (!text) return wrong();
    out.push_back(*std::move(text));
  }
  return out;
}

std::optional<std::vector<Fields>> Fields::objects(const std::string& name, std::size_t most) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_array() || value->get_array().size() > most)
    return fail(name, fmt::format("must be an array of at most {} objects", most)), std::nullopt;
  std::vector<Fields> out;
  for (std::size_t i = 0; i < value->get_array().size(); ++i) {
    const auto& item = value->get_array()[i];
    if (!item.is_object()) return fail(fmt::format("{}[{}]", name, i), "must be an object"), std::nullopt;
    out.push_back(Fields{&item.get_object(), fmt::format("{}{}[{}].", prefix_, name, i)});
  }
  return out;
}

std::optional<boost::json::object> Fields::free_object(const std::string& name) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_object()) return fail(name, "must be an object"), std::nullopt;
  return value->get_object();
}

}  // namespace longtake::api
