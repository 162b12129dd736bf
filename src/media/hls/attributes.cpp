#include "media/hls/attributes.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string>

namespace longtake::media::hls {
namespace {

std::string_view trim(std::string_view t) {
  while (!t.empty() && (t.front() == ' ' || t.front() == '\t'))
    t.remove_prefix(1);
  while (!t.empty() && (t.back() == ' ' || t.back() == '\t'))
    t.remove_suffix(1);
  return t;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Attributes::Attributes(std::string_view text) {
  constexpr std::size_t most = 64;
  while (!text.empty() && items_.size() < most) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return;
    const auto name = trim(text.substr(0, equals));
    text = trim(text.substr(equals + 1));
    std::string_view value;
    if (!text.empty() && text.front() == '"') {
      const auto close = text.find('"', 1);
      if (close == std::string_view::npos) return;
      value = text.substr(1, close - 1);
      text.remove_prefix(close + 1);
      const auto comma = text.find(',');
      text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    } else {
      const auto comma = text.find(',');
      value = trim(text.substr(0, comma));
      text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    items_.emplace_back(name, value);
  }
}

std::string_view Attributes::get(std::string_view name) const {
  for (const auto& [key, value] : items_)
    if (key == name) return value;
  return {};
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  text = trim(text);
  std::uint64_t v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return v;
}

std::optional<Micros> parse_seconds(std::string_view text) {
  text = trim(text);
  std::int64_t whole = 0, fraction = 0, unit = 1'000'000;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]) && whole <= 86'400; ++i)
    whole = whole * 10 + (text[i] - '0');
  bool digits = i > 0;
  if (i < text.size() && text[i] == '.')
    for (++i; i < text.size() && is_digit(text[i]); ++i, digits = true) {
      unit /= 10;
      fraction += (text[i] - '0') * unit;
    }
  if (!digits || i != text.size() || whole > 86'400) return std::nullopt;
  return Micros{whole * 1'000'000 + fraction};
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_resolution(std::string_view text) {
  const auto cross = text.find_first_of("xX");
  if (cross == std::string_view::npos) return std::nullopt;
  const auto width = parse_integer(text.substr(0, cross)), height = parse_integer(text.substr(cross + 1));
  constexpr std::uint64_t most = 65535;
  if (!width || !height || *width > most || *height > most) return std::nullopt;
  return std::pair{static_cast<std::uint32_t>(*width), static_cast<std::uint32_t>(*height)};
}

double parse_decimal(std::string_view text) {
  const auto seconds = parse_seconds(text);
  return seconds ? static_cast<double>(seconds->count()) / 1e6 : 0;
}

std::optional<ByteRange> parse_byte_range(std::string_view text, std::optional<std::uint64_t> next) {
  const auto at = text.find('@');
  const auto size = parse_integer(text.substr(0, at));
  const auto offset = at == std::string_view::npos ? next : parse_integer(text.substr(at + 1));
  constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  if (!size || !offset || *size == 0 || *size > most || *offset > most - *size) return std::nullopt;
  return ByteRange{*offset, *size};
}

std::optional<WallTime> parse_date_time(std::string_view text) {
  std::string spelled{trim(text)};
  if (spelled.size() > 64) return std::nullopt;
  const auto sign = spelled.find_last_of("+-");
  const auto time = spelled.find_first_of("Tt");
  if (time == std::string::npos) return std::nullopt;
  if (sign != std::string::npos && sign > time) {
    const auto digits = spelled.size() - sign - 1;
    if (digits == 4 && spelled.find(':', sign) == std::string::npos)
      spelled = fmt::format("{}:{}", spelled.substr(0, sign + 3), spelled.substr(sign + 3));
    if (digits == 2) spelled += ":00";
  } else if (spelled.back() != 'Z' && spelled.back() != 'z') {
    spelled += 'Z';
  }
  const auto parsed = parse_rfc3339(spelled);
  if (!parsed.ok()) return std::nullopt;
  return *parsed;
}

}  // namespace longtake::media::hls
