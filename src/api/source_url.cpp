#include <algorithm>
#include <vector>

#include "api/encode.h"
#include "base/log.h"

namespace longtake::api {
namespace {

/// What redact_url writes in place of a secret.
constexpr std::string_view masked_value = "=***", masked_user = "***@";

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

/// "key=value" pairs of the query, without the fragment.
std::vector<std::string_view> pairs_of(std::string_view rest) {
  std::vector<std::string_view> pairs;
  rest = rest.substr(0, rest.find('#'));
  const auto question = rest.find('?');
  if (question == std::string_view::npos) return pairs;
  rest.remove_prefix(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    pairs.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return pairs;
}

/// "token=***": as `redact_url` hides a value.
bool is_masked(std::string_view pair) {
  const auto equals = pair.find('=');
  return equals != std::string_view::npos && pair.substr(equals) == masked_value;
}

/// `rest` with the values of `stored` where they are masked, key by key in their order.
std::string unmask(std::string_view rest, std::string_view stored) {
  auto hidden = pairs_of(stored);
  std::string out{rest.substr(0, rest.find_first_of("?#"))};
  char before = '?';
  for (auto pair : pairs_of(rest)) {
    const auto key = pair.substr(0, pair.find('=') + 1);
    const auto same =
        std::find_if(hidden.begin(), hidden.end(), [&](auto one) { return one.starts_with(key); });
    if (is_masked(pair) && same != hidden.end()) {
      pair = *same;
      hidden.erase(same);
    }
    (out += before) += pair;
    before = '&';
  }
  const auto fragment = rest.find('#');
  return fragment == std::string_view::npos ? out : out += rest.substr(fragment);
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
  auto shown = redact_url(url);
  const auto scheme = shown.find("://");
  if (scheme != std::string::npos && std::string_view{shown}.substr(scheme + 3).starts_with(masked_user))
    shown.erase(scheme + 3, masked_user.size());
  const bool hidden = shown != url;
  return {std::move(shown), hidden};
}

std::string with_stored_credentials(const std::string& edited, const std::string& stored) {
  if (edited == public_url(stored).url) return stored;
  const auto now = split(edited), before = split(stored);
  if (now.scheme != before.scheme || now.host != before.host) return edited;
  const auto credentials = now.credentials.empty() ? before.credentials : now.credentials;
  return fmt::format("{}{}{}{}{}", now.scheme, credentials, credentials.empty() ? "" : "@", now.host,
                     unmask(now.rest, before.rest));
}

bool has_masked_secret(const std::string& url) {
  const auto pairs = pairs_of(split(url).rest);
  return std::any_of(pairs.begin(), pairs.end(), is_masked);
}

}  // namespace longtake::api
