#include "ingest/address_rules.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/log.h"
#include "ingest/url.h"

namespace longtake::ingest {
namespace {

constexpr std::array<std::string_view, 9> schemes = {"http",  "https", "rtsp", "rtsps", "rtmp",
                                                     "rtmps", "srt",   "udp",  "rtp"};
constexpr std::string_view mend = "allow it with ingest.allow_private";

Error refused(const io::Address& address) {
  return make_error(Code::forbidden, "{} is a {} address; {}", address.to_string(),
                    io::to_string(address.kind()), mend)
      .named("source-forbidden-address");
}

/// SRT waits for its source, or meets it half way, where the query says so.
bool listens(std::string_view url, std::string_view scheme) {
  if (scheme != "srt") return false;
  const auto query = url.substr(std::min(url.find('?'), url.size()));
  return query.find("mode=listener") != std::string_view::npos ||
         query.find("mode=rendezvous") != std::string_view::npos;
}

}  // namespace

io::HttpClient::Options AddressRules::http() const {
  io::HttpClient::Options options{.address_mend = std::string{mend}};
  if (!allow_private)
    options.allow_address = [](const io::Address& a) { return a.kind() == io::AddressKind::public_; };
  return options;
}

Status check_scheme(std::string_view url) {
  LT_TRY(const auto parts, split_url(url));
  if (std::find(schemes.begin(), schemes.end(), parts.scheme) == schemes.end())
    return make_error(Code::forbidden,
                      "{}:// is not a source; use http, https, rtsp, rtsps, rtmp, rtmps, srt, udp or rtp",
                      parts.scheme)
        .named("source-forbidden-address");
  const bool listens = parts.scheme == "srt" || parts.scheme == "udp" || parts.scheme == "rtp";
  if (parts.host.empty() && !listens)
    return make_error(Code::invalid, "the address names no host").named("source-bad-address");
  return {};
}

Status check_password(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  const auto at = url.rfind('@');
  if (at == std::string_view::npos || url.find_first_of("/?#") > at || url.substr(0, at).find(':') > at)
    return {};
  return make_error(
             Code::invalid,
             "it cannot be told where the password of the address ends: write / in it as %2F, ? as %3F, "
             "# as %23, and an @ after the host as %40")
      .named("source-bad-address");
}

Status check_host(std::string_view url, AddressRules rules) {
  LT_TRY(const auto parts, split_url(url));
  if (rules.allow_private) return {};
  if (parts.host.empty() || listens(url, parts.scheme))
    return make_error(Code::forbidden, "listening for a source is not allowed; {}", mend)
        .named("source-forbidden-address");
  if (const auto address = io::Address::parse(parts.host); address.ok()) {
    if (address->kind() != io::AddressKind::public_) return refused(*address);
    return {};
  }
  const std::string host{parts.host};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return make_error(Code::unavailable, "host {} not found: {}", host, ::gai_strerror(error))
        .named("source-unknown-host");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  for (const auto* entry = found; entry; entry = entry->ai_next)
    LT_CHECK(check_address(*entry->ai_addr));
  return {};
}

Status check_address(const sockaddr& address) {
  const auto place = io::Address::from(address);
  if (place.kind() != io::AddressKind::public_) return refused(place);
  return {};
}

Status check_followed(std::string_view url) {
  const auto parts = split_url(url);
  if (parts.ok() && (parts->scheme == "http" || parts->scheme == "https")) return {};
  return make_error(Code::forbidden, "the playlist names {}: only http and https addresses are followed",
                    redact_url(url.substr(0, 200)))
      .named("source-forbidden-address");
}

}  // namespace longtake::ingest
