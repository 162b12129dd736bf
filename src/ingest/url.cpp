#include "ingest/url.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace longtake::ingest {
namespace {

/// Length of "scheme:" at the start, or 0 (RFC 3986, 3.1).
std::size_t scheme_length(std::string_view text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text.front()))) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == ':') return i + 1;
    if (!std::isalnum(c) && c != '+' && c != '-' && c != '.') return 0;
  }
  return 0;
}

/// RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool rooted = path.starts_with('/');
  bool folder = false;
  while (!path.empty()) {
    if (path.front() == '/') path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const auto segment : kept) {
    if (rooted || !out.empty()) out += '/';
    out += segment;
  }
  if (folder || out.empty()) out += '/';
  return out;
}

}  // namespace

Result<UrlParts> split_url(std::string_view url) {
  const auto length = scheme_length(url);
  if (length == 0 || url.substr(length, 2) != "//")
    return make_error(Code::invalid, "not an address: write it as scheme://host/path")
        .named("source-bad-address");
  UrlParts parts;
  for (const char c : url.substr(0, length - 1))
    parts.scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  url.remove_prefix(length + 2);
  auto authority = url.substr(0, url.find_first_of("/?#"));
  url.remove_prefix(authority.size());
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return make_error(Code::invalid, "the address has '[' without ']'");
    parts.host = authority.substr(1, end - 1);
  } else {
    parts.host = authority.substr(0, authority.find(':'));
  }
  url = url.substr(0, url.find('#'));
  parts.path = url.substr(0, url.find('?'));
  if (parts.path.size() < url.size()) parts.query = url.substr(parts.path.size() + 1);
  return parts;
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (scheme_length(reference) != 0) return std::string{reference};
  base = base.substr(0, base.find('#'));
  const auto scheme = scheme_length(base);
  if (reference.starts_with("//")) return std::string{base.substr(0, scheme)} + std::string{reference};
  const auto authority_end = std::min(base.find_first_of("/?", scheme + 2), base.size());
  const std::string root{base.substr(0, authority_end)};
  auto base_path = base.substr(authority_end);
  const auto base_query = base_path.find('?');
  if (reference.empty() || reference.starts_with('#')) return std::string{base};
  base_path = base_path.substr(0, base_query);
  if (reference.starts_with('?')) return root + std::string{base_path} + std::string{reference};
  const auto query_start = std::min(reference.find_first_of("?#"), reference.size());
  const auto path = reference.substr(0, query_start);
  const auto query = reference.substr(query_start, reference.find('#', query_start) - query_start);
  if (path.starts_with('/')) return root + without_dot_segments(path) + std::string{query};
  const auto folder = base_path.substr(0, base_path.rfind('/') + 1);
  const std::string merged = (folder.empty() ? "/" : std::string{folder}) + std::string{path};
  return root + without_dot_segments(merged) + std::string{query};
}

}  // namespace longtake::ingest
