#include "desk/note_fields.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <set>
#include <utility>

#include "base/time.h"
#include "desk/characters.h"

namespace longtake::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<FieldKind, std::string_view>, 7> kind_names = {
    {{FieldKind::text, "text"},
     {FieldKind::choice, "choice"},
     {FieldKind::multi, "multi"},
     {FieldKind::tag, "tag"},
     {FieldKind::person, "person"},
     {FieldKind::number, "number"},
     {FieldKind::time_range, "time-range"}}};

bool is_key(std::string_view text) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 40 && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(), inner);
}

bool is_hotkey(std::string_view text) {
  return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= '0' && text[0] <= '9'));
}

bool has_options(FieldKind kind) {
  return kind == FieldKind::choice || kind == FieldKind::multi || kind == FieldKind::tag;
}

bool offers(const Field& field, const json::value& value) {
  return value.is_string() &&
         std::any_of(field.options.begin(), field.options.end(), [&](const auto& option) {
           return option.value == std::string_view{value.get_string()};
         });
}

bool is_blank(const json::value& value) {
  if (value.is_null()) return true;
  if (value.is_string())
    return std::string_view{value.get_string()}.find_first_not_of(" \t\r\n") == std::string_view::npos;
  return value.is_array() && value.get_array().empty();
}

std::optional<WallTime> instant_in(const json::object& range, std::string_view name) {
  const auto* value = range.if_contains(name);
  if (!value || !value->is_string()) return {};
  const auto parsed = parse_rfc3339(value->get_string());
  return parsed ? std::optional{*parsed} : std::nullopt;
}

bool is_time_range(const json::value& value) {
  if (!value.is_object() || value.get_object().size() != 2) return false;
  const auto from = instant_in(value.get_object(), "from"), to = instant_in(value.get_object(), "to");
  return from && to && *from < *to;
}

bool is_finite_number(const json::value& value) {
  return value.is_number() && (!value.is_double() || std::isfinite(value.get_double()));
}

bool are_options(const json::value& value, const Field& field) {
  if (!value.is_array()) return false;
  std::set<std::string_view> seen;
  for (const auto& item : value.get_array())
    if (!offers(field, item) || !seen.insert(item.get_string()).second) return false;
  return true;
}

Result<bool> is_person(const json::value& value, const ValueRules& rules) {
  if (!value.is_string()) return false;
  const auto id = parse_id<UserId>(value.get_string());
  if (!id) return false;
  return rules.is_member(*id);
}

/// Empty: nothing is wrong with it.
Result<std::string> trouble_of(const json::value& value, const Field& field, const ValueRules& rules) {
  switch (field.kind) {
    case FieldKind::text:
      if (!value.is_string()) return std::string{"must be a text"};
      if (!fits(value.get_string(), {0, most_field_characters}))
        return fmt::format("must have at most {} characters, and no NUL", most_field_characters);
      return std::string{};
    case FieldKind::choice:
      return std::string{offers(field, value) ? "" : "must be one of the options"};
    case FieldKind::multi:
    case FieldKind::tag:
      return std::string{are_options(value, field) ? ""
                                                   : "must be an array of some of the options, each once"};
    case FieldKind::person: {
      LT_TRY(const bool known, is_person(value, rules));
      return std::string{known ? "" : "must be the id of somebody of the organization"};
    }
    case FieldKind::number:
      return std::string{is_finite_number(value) ? "" : "must be a number"};
    case FieldKind::time_range:
      return std::string{is_time_range(value) ? ""
                                              : "must be {from, to}, instants, the first before the second"};
  }
  return std::string{};
}

const Field* find_field(const std::vector<Field>& fields, std::string_view key) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

void check_options(const Field& field, const std::string& name, std::set<std::string>& hotkeys,
                   std::vector<FieldProblem>& problems) {
  if (has_options(field.kind) == field.options.empty())
    problems.push_back(
        {name + ".options", field.options.empty() ? "are missing" : "are only of choice, multi and tag"});
  if (field.options.size() > most_options)
    problems.push_back({name + ".options", fmt::format("are at most {}", most_options)});
  std::set<std::string> values;
  for (const auto& option : field.options) {
    if (!fits(option.value, {1, 50}) || !is_tidy(option.value))
      problems.push_back({name + ".options", "have 1 to 50 characters each, without spaces around them"});
    if (!values.insert(option.value).second)
      problems.push_back({name + ".options", fmt::format("'{}' is there twice", option.value)});
    if (option.hotkey.empty()) continue;
    if (!is_hotkey(option.hotkey))
      problems.push_back({name + ".options", "a key is one of a to z and 0 to 9"});
    else if (!hotkeys.insert(option.hotkey).second)
      problems.push_back({name + ".options", fmt::format("the key '{}' is taken twice", option.hotkey)});
  }
}

}  // namespace

std::string_view to_string(FieldKind kind) {
  for (const auto& [value, name] : kind_names)
    if (value == kind) return name;
  return "text";
}

std::optional<FieldKind> find_field_kind(std::string_view text) {
  for (const auto& [value, name] : kind_names)
    if (name == text) return value;
  return {};
}

std::vector<FieldProblem> check_fields(const std::vector<Field>& fields) {
  std::vector<FieldProblem> problems;
  if (fields.size() > most_fields) problems.push_back({"fields", fmt::format("are at most {}", most_fields)});
  std::set<std::string> keys, hotkeys;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto name = fmt::format("fields[{}]", i);
    const auto& field = fields[i];
    if (!is_key(field.key))
      problems.push_back({name + ".key", "has 1 to 40 of a-z, 0-9 and _, a letter first"});
    else if (!keys.insert(field.key).second)
      problems.push_back({name + ".key", "is there twice"});
    if (!fits(field.label, {1, 80}) || is_blank(json::value(field.label)))
      problems.push_back({name + ".label", "must have 1 to 80 characters"});
    check_options(field, name, hotkeys, problems);
  }
  return problems;
}

Result<std::vector<FieldProblem>> check_values(const json::object& values, const ValueRules& rules) {
  std::vector<FieldProblem> problems;
  for (const auto& [key, value] : values) {
    const auto* said = rules.before ? rules.before->if_contains(key) : nullptr;
    if (said && *said == value) continue;
    const auto name = "fields." + std::string{key};
    const auto* field = find_field(*rules.fields, key);
    if (!field) {
      problems.push_back({name, "is not a field of the template"});
      continue;
    }
    if (is_blank(value)) continue;
    LT_TRY(auto trouble, trouble_of(value, *field, rules));
    if (!trouble.empty()) problems.push_back({name, std::move(trouble)});
  }
  for (const auto& field : *rules.fields) {
    const auto* value = values.if_contains(field.key);
    const bool unsaid_before = rules.before && !rules.before->contains(field.key) && !value;
    if (field.required && !unsaid_before && (!value || is_blank(*value)))
      problems.push_back({"fields." + field.key, "is needed"});
  }
  return problems;
}

std::vector<std::string> tags_in(const json::object& values, const std::vector<Field>& fields) {
  std::vector<std::string> tags;
  for (const auto& field : fields) {
    const auto* value = field.kind == FieldKind::tag ? values.if_contains(field.key) : nullptr;
    if (!value || !value->is_array()) continue;
    for (const auto& tag : value->get_array())
      if (tag.is_string()) tags.emplace_back(tag.get_string());
  }
  return tags;
}

std::string words_in(const json::object& values) {
  std::string words;
  const auto add = [&](const json::value& value) {
    if (value.is_string()) words.append(value.get_string()).append(1, ' ');
    if (value.is_number()) words.append(json::serialize(value)).append(1, ' ');
  };
  for (const auto& [key, value] : values) {
    add(value);
    if (value.is_array())
      for (const auto& item : value.get_array())
        add(item);
  }
  return words;
}

std::string format_fields(const std::vector<Field>& fields) {
  json::array out;
  for (const auto& field : fields) {
    json::array options;
    for (const auto& [value, hotkey] : field.options)
      options.push_back({{"value", value}, {"hotkey", hotkey}});
    out.push_back({{"key", field.key},
                   {"label", field.label},
                   {"kind", to_string(field.kind)},
                   {"required", field.required},
                   {"options", std::move(options)}});
  }
  return json::serialize(out);
}

Result<std::vector<Field>> parse_fields(std::string_view text) {
  const auto damaged = [] { return make_error(Code::internal, "the fields of a template cannot be read"); };
  json::error_code ec;
  const auto parsed = json::parse(text, ec);
  if (ec || !parsed.is_array()) return damaged();
  std::vector<Field> fields;
  try {
    for (const auto& item : parsed.get_array()) {
      const auto& object = item.as_object();
      auto& field = fields.emplace_back();
      field.key = object.at("key").as_string();
      field.label = object.at("label").as_string();
      field.kind = find_field_kind(object.at("kind").as_string()).value_or(FieldKind::text);
      field.required = object.at("required").as_bool();
      for (const auto& option : object.at("options").as_array())
        field.options.push_back(
            {std::string{option.at("value").as_string()}, std::string{option.at("hotkey").as_string()}});
    }
  } catch (const std::exception&) {
    return damaged();
  }
  return fields;
}

}  // namespace longtake::desk
