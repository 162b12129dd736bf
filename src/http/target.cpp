#include "http/target.h"

#include <algorithm>

namespace longtake::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// A segment that some file system or proxy could read as a step: ".." itself, or dots next to a decoded
// slash.
bool climbs(std::string_view segment) {
  while (true) {
    const auto end = segment.find_first_of("/\\");
    const auto part = segment.substr(0, end);
    if (part == "." || part == "..") return true;
    if (end == std::string_view::npos) return false;
    segment.remove_prefix(end + 1);
  }
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0) return make_error(Code::invalid, "the address has a broken %-escape");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Query> parse_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    std::string name{pair.substr(0, equals)}, value{pair.substr(std::min(equals + 1, pair.size()))};
    std::replace(name.begin(), name.end(), '+', ' ');
    std::replace(value.begin(), value.end(), '+', ' ');
    LT_TRY(auto decoded_name, percent_decode(name));
    LT_TRY(auto decoded_value, percent_decode(value));
    if (decoded_name.find('\0') != std::string::npos || decoded_value.find('\0') != std::string::npos)
      return make_error(Code::invalid, "the query has a NUL byte");
    query.add(std::move(decoded_name), std::move(decoded_value));
  }
  return query;
}

Result<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") return target;
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos && !text.starts_with('/')) {
    const auto path = text.find_first_of("/?", scheme + 3);
    text = path == std::string_view::npos ? "/" : text.substr(path);
  }
  if (!text.starts_with('/')) return make_error(Code::invalid, "the address must begin with a slash");
  if (text.find('#') != std::string_view::npos)
    return make_error(Code::invalid, "the address has a fragment");
  const auto question = std::min(text.find('?'), text.size());
  target.raw_query = text.substr(std::min(question + 1, text.size()));
  LT_TRY(target.query, parse_query(target.raw_query));
  std::string_view path = text.substr(0, question);
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto raw = path.substr(0, path.find('/'));
    path.remove_prefix(raw.size());
    LT_TRY(auto segment, percent_decode(raw));
    if (std::any_of(segment.begin(), segment.end(), is_control))
      return make_error(Code::invalid, "the address has a control byte");
    if (climbs(segment)) return make_error(Code::invalid, "the address has a step like '..' in it");
    (target.path += '/') += segment;
    target.segments.push_back(std::move(segment));
  }
  return target;
}

}  // namespace longtake::http
