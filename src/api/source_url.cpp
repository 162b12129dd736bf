#include <algorithm>

#include "api/encode.h"

namespace longtake::api {
namespace {

/// "scheme://[user[:password]@]host[:port]rest", cut at its joints.
struct Parts {
  std::string_view scheme;       ///< with "://"
  std::string_view credentials;  ///< without '@'
  std::string_view host;         ///< with port
  std::string_view rest;         ///< path, query, fragment
};

Parts split(std::string_view url) {
  Parts parts;
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {.rest = url};
  parts.scheme = url.substr(0, scheme + 3);
  url.remove_prefix(scheme + 3);
  const auto authority_end = std::min(url.find_first_of("/?#"), url.size());
  auto authority = url.substr(0, authority_end);
  parts.rest = url.substr(authority_end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    parts.credentials = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  parts.host = authority;
  return parts;
}

}  // namespace

std::string source_kind(const std::string& url) {
  const auto parts = split(url);
  std::string scheme{parts.scheme.substr(0, parts.scheme.find(':'))};
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (scheme == "rtsps") return "rtsp";
  if (scheme == "rtmps") return "rtmp";
  if (scheme == "rtsp" || scheme == "rtmp" || scheme == "srt" || scheme == "udp" || scheme == "rtp")
    return scheme;
  const auto path = parts.rest.substr(0, parts.rest.find_first_of("?#"));
  return path.ends_with(".m3u8") || path.ends_with(".m3u") ? "hls" : "http";
}

PublicUrl public_url(const std::string& url) {
  const auto parts = split(url);
  if (parts.credentials.empty()) return {url, false};
  return {fmt::format("{}{}{}", parts.scheme, parts.host, parts.rest), true};
}

std::string with_stored_credentials(const std::string& edited, const std::string& stored) {
  const auto now = split(edited);
  const auto before = split(stored);
  if (!now.credentials.empty() || before.credentials.empty() || now.scheme != before.scheme ||
      now.host != before.host)
    return edited;
  return fmt::format("{}{}@{}{}", now.scheme, before.credentials, now.host, now.rest);
}

}  // namespace longtake::api
