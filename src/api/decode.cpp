#include "api/decode.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/nearest.h"
#include "base/text.h"
#include "http/ranges.h"

namespace longtake::api {
namespace {

/// What a caller made up is said back only so far: bytes, cut where a character of UTF-8 ends.
constexpr std::size_t longest_echo = 60;
/// More mistakes than these tell nobody more; an answer stays small whatever was asked.
constexpr std::size_t most_errors = 20;

std::string cut(std::string_view name) {
  if (name.size() <= longest_echo) return std::string{name};
  auto end = longest_echo;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
    --end;
  return std::string{name.substr(0, end)} + "...";
}

void add(std::vector<http::FieldError>& errors, http::FieldError error) {
  if (errors.size() < most_errors) errors.push_back(std::move(error));
}

std::string unknown_message(std::string_view name, const std::set<std::string>& known) {
  if (known.empty()) return "unknown; none is taken here";
  return fmt::format("unknown; the nearest is '{}'", nearest_name(name, {known.begin(), known.end()}));
}

std::string list_of(const std::vector<std::string>& choices) {
  std::string out;
  for (const auto& choice : choices)
    out += (out.empty() ? "" : ", ") + choice;
  return out;
}

}  // namespace

std::optional<http::Response> check_media_type(const http::Request& request) {
  if (request.body.empty() && request.method != http::Method::patch) return {};
  const auto type = request.headers.find("Content-Type").value_or("");
  std::string essence{type.substr(0, type.find(';'))};
  std::transform(essence.begin(), essence.end(), essence.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  while (!essence.empty() && essence.back() == ' ')
    essence.pop_back();
  if (essence == "application/json") return {};
  return http::problem({.status = 415,
                        .type = "urn:longtake:wrong-media-type",
                        .detail = "send the body with Content-Type: application/json"});
}

http::Response invalid_fields(std::vector<http::FieldError> errors) {
  std::string detail;
  for (const auto& error : errors)
    detail += (detail.empty() ? "" : "; ") + error.field + ": " + error.message;
  return http::problem({.status = 400, .detail = std::move(detail), .errors = std::move(errors)});
}

Fields::Fields(const http::Request& request) {
  boost::json::error_code ec;
  boost::json::parse_options options;
  options.max_depth = 16;
  root_ = std::make_shared<boost::json::value>(boost::json::parse(request.body, ec, {}, options));
  if (ec)
    fail("body", "is not JSON: " + ec.message());
  else if (!root_->is_object())
    fail("body", "must be a JSON object");
  static const boost::json::object nothing;
  object_ = errors_.empty() ? &root_->get_object() : &nothing;
}

void Fields::fail(const std::string& name, std::string message) {
  add(errors_, {prefix_ + name, std::move(message)});
}

const boost::json::value* Fields::find(const std::string& name) {
  known_.insert(name);
  return object_->if_contains(name);
}

std::optional<std::string> Fields::text(const std::string& name, Length length) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_string()) return fail(name, "must be a text"), std::nullopt;
  std::string text{value->get_string()};
  if (text.find('\0') != std::string::npos) return fail(name, "must not hold NUL"), std::nullopt;
  const auto n = count_code_points(text);
  if (n < length.least || n > length.most)
    return fail(name, fmt::format("must have {} to {} characters", length.least, length.most)), std::nullopt;
  return text;
}

void Fields::check_label(const std::string& name, const std::optional<std::string>& text) {
  if (text && !text->empty() && !is_label(*text)) fail(name, "must be one line of characters that are seen");
}

std::string Fields::required_text(const std::string& name, Length length) {
  if (!find(name)) fail(name, "is missing");
  return text(name, length).value_or("");
}

std::optional<std::int64_t> Fields::integer(const std::string& name, Bounds bounds) {
  const auto* value = find(name);
  if (!value) return {};
  boost::json::error_code ec;
  const auto n = value->to_number<std::int64_t>(ec);
  if (ec || value->is_double() || n < bounds.least || n > bounds.most)
    return fail(name, fmt::format("must be a whole number from {} to {}", bounds.least, bounds.most)),
           std::nullopt;
  return n;
}

std::optional<std::optional<std::int64_t>> Fields::nullable_integer(const std::string& name, Bounds bounds) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->is_null()) return std::optional<std::int64_t>{};
  const auto n = integer(name, bounds);
  if (!n) return {};
  return std::optional<std::int64_t>{*n};
}

double Fields::required_number(const std::string& name) {
  const auto* value = find(name);
  if (!value) return fail(name, "is missing"), 0;
  boost::json::error_code ec;
  const auto number = value->to_number<double>(ec);
  if (ec) return fail(name, "must be a number"), 0;
  return number;
}

std::optional<bool> Fields::boolean(const std::string& name) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_bool()) return fail(name, "must be true or false"), std::nullopt;
  return value->get_bool();
}

std::optional<std::string> Fields::choice(const std::string& name, const std::vector<std::string>& choices) {
  const auto* value = find(name);
  if (!value) return {};
  if (value->is_string()) {
    std::string text{value->get_string()};
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  }
  return fail(name, "must be one of " + list_of(choices)), std::nullopt;
}

std::string Fields::required_choice(const std::string& name, const std::vector<std::string>& choices) {
  if (!find(name)) fail(name, "is missing");
  return choice(name, choices).value_or("");
}

std::vector<std::string> Fields::required_choices(const std::string& name,
                                                  const std::vector<std::string>& choices) {
  const auto* value = find(name);
  if (!value) return fail(name, "is missing"), std::vector<std::string>{};
  const auto wrong = [&] {
    fail(name, "must be an array of some of " + list_of(choices));
    return std::vector<std::string>{};
  };
  if (!value->is_array() || value->get_array().empty() || value->get_array().size() > choices.size())
    return wrong();
  std::vector<std::string> out;
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) return wrong();
    std::string text{item.get_string()};
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) return wrong();
    out.push_back(std::move(text));
  }
  return out;
}

WallTime Fields::required_instant(const std::string& name) {
  const auto text = required_text(name, {0, 40});
  if (!find(name) || !find(name)->is_string()) return {};
  const auto parsed = parse_rfc3339(text);
  if (!parsed) fail(name, "must be an RFC 3339 instant, such as 2026-11-21T10:31:02Z");
  return parsed ? *parsed : WallTime{};
}

std::optional<Fields> Fields::object(const std::string& name) {
  const auto* value = find(name);
  if (!value) return {};
  if (!value->is_object()) return fail(name, "must be an object"), std::nullopt;
  return Fields{&value->get_object(), prefix_ + name + "."};
}

Fields Fields::required_object(const std::string& name) {
  if (!find(name)) fail(name, "is missing");
  if (auto inner = object(name)) return std::move(*inner);
  // Already reported: an empty reader that adds no "is missing" of its own fields.
  static const boost::json::object nothing;
  Fields absent{&nothing, prefix_ + name + "."};
  return absent;
}

void Fields::report_unknown() {
  for (const auto& member : *object_) {
    const std::string name{member.key()};
    if (known_.contains(name)) continue;
    if (errors_.size() == most_errors) return;
    fail(cut(name), unknown_message(cut(name), known_));
  }
}

void Fields::join(Fields& inner) {
  inner.report_unknown();
  for (auto& error : inner.errors_)
    add(errors_, std::move(error));
}

std::optional<http::Response> Fields::finish() {
  report_unknown();
  if (errors_.empty()) return {};
  return invalid_fields(std::move(errors_));
}

std::optional<std::string_view> Parameters::find(const std::string& name) {
  known_.insert(name);
  return request_.query.find(name);
}

void Parameters::fail(const std::string& name, std::string message) {
  add(errors_, {name, std::move(message)});
}

std::optional<std::string> Parameters::text(const std::string& name, std::size_t most) {
  const auto value = find(name);
  if (!value) return {};
  if (count_code_points(*value) > most)
    return fail(name, fmt::format("must have at most {} characters", most)), std::nullopt;
  return std::string{*value};
}

std::int64_t Parameters::integer(const std::string& name, std::int64_t fallback, Fields::Bounds bounds) {
  const auto value = find(name);
  if (!value) return fallback;
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(value->data(), value->data() + value->size(), n);
  if (ec != std::errc{} || end != value->data() + value->size() || n < bounds.least || n > bounds.most) {
    fail(name, fmt::format("must be a whole number from {} to {}", bounds.least, bounds.most));
    return fallback;
  }
  return n;
}

std::int64_t Parameters::required_integer(const std::string& name, Fields::Bounds bounds) {
  if (!find(name)) fail(name, "is missing");
  return integer(name, bounds.least, bounds);
}

std::string Parameters::choice(const std::string& name, const std::vector<std::string>& choices,
                               const std::string& fallback) {
  const auto value = find(name);
  if (!value) return fallback;
  if (std::find(choices.begin(), choices.end(), *value) != choices.end()) return std::string{*value};
  fail(name, "must be one of " + list_of(choices));
  return fallback;
}

std::optional<WallTime> Parameters::instant(const std::string& name) {
  const auto value = find(name);
  if (!value) return {};
  auto parsed = parse_rfc3339(*value);
  if (!parsed) {
    std::string message = parsed.error().text();
    if (value->find(' ') != std::string_view::npos) message += " (write '+' of an offset as %2B)";
    return fail(name, std::move(message)), std::nullopt;
  }
  return *parsed;
}

WallTime Parameters::required_instant(const std::string& name) {
  if (!find(name)) fail(name, "is missing");
  return instant(name).value_or(WallTime{});
}

std::optional<WallTime> Parameters::instant_or_live(const std::string& name) {
  if (find(name) == "live") return {};
  return instant(name);
}

std::optional<http::Response> Parameters::finish() {
  for (const auto& [name, value] : request_.query)
    if (!known_.contains(name)) fail(cut(name), unknown_message(cut(name), known_));
  if (errors_.empty()) return {};
  return invalid_fields(std::move(errors_));
}

bool names_version(const http::Request& request) {
  return request.headers.find("If-Match").value_or("*") != "*";
}

bool is_of_version(const http::Request& request, std::int64_t version) {
  return !names_version(request) || http::etag_listed(*request.headers.find("If-Match"),
                                                      fmt::format("\"{}\"", version), http::Compare::strong);
}

}  // namespace longtake::api
