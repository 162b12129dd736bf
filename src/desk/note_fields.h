#pragma once
// What a template asks for, and whether a note answers it. Pure: people are looked up by who calls.

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace longtake::desk {

/// text: lines; choice: one of the options; multi, tag: some of them, and a tag field's become the note's
/// tags; person: a member's id; number; time_range: {from, to}.
enum class FieldKind { text, choice, multi, tag, person, number, time_range };
std::string_view to_string(FieldKind kind);
std::optional<FieldKind> find_field_kind(std::string_view text);

struct FieldOption {
  std::string value;
  std::string hotkey;  ///< one of a-z and 0-9, or empty
  bool operator==(const FieldOption&) const = default;
};

struct Field {
  std::string key;  ///< of its value in a note: a-z, 0-9 and _, beginning with a letter
  std::string label;
  FieldKind kind = FieldKind::text;
  bool required = false;
  std::vector<FieldOption> options;  ///< of choice, multi and tag
  bool operator==(const Field&) const = default;
};

/// Something wrong, by the name a form knows it by: "fields[2].key", "fields.topic".
struct FieldProblem {
  std::string name;
  std::string message;
  bool operator==(const FieldProblem&) const = default;
};

constexpr std::size_t most_fields = 40;
constexpr std::size_t most_options = 100;
constexpr std::size_t most_field_characters = 2'000;

/// Of a template: keys and hotkeys each once, options where they are chosen from.
std::vector<FieldProblem> check_fields(const std::vector<Field>& fields);

/// Of a note. What `before` already said is not questioned: the template may have changed since. `is_member`
/// answers for persons.
struct ValueRules {
  const std::vector<Field>* fields = nullptr;
  const boost::json::object* before = nullptr;
  std::function<Result<bool>(UserId)> is_member;
};
Result<std::vector<FieldProblem>> check_values(const boost::json::object& values, const ValueRules& rules);

/// What the values of tag fields add to the tags of the note.
std::vector<std::string> tags_in(const boost::json::object& values, const std::vector<Field>& fields);
/// What a person would search them by: texts, options and numbers, with spaces between.
std::string words_in(const boost::json::object& values);

std::string format_fields(const std::vector<Field>& fields);
/// Of what format_fields gave.
Result<std::vector<Field>> parse_fields(std::string_view text);

}  // namespace longtake::desk
