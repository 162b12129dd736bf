#include "http/peers.h"

#include <algorithm>
#include <cassert>

namespace longtake::http {

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const auto& text : networks) {
    LT_TRY(auto network, io::Network::parse(text), "reading the trusted proxies");
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::trusts(const io::Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const auto& n) { return n.contains(address); });
}

void TrustedProxies::identify(const io::Address& peer, Request& request) const {
  request.remote = peer;
  request.secure = false;
  if (!trusts(peer)) return;
  if (const auto proto = request.headers.find("X-Forwarded-Proto")) request.secure = *proto == "https";
  // Every proxy appends whom it saw: read from the right while the speaker is trusted. Several fields are one
  // list.
  std::string list;
  for (const auto& [name, value] : request.headers) {
    static constexpr std::string_view wanted = "x-forwarded-for";
    const bool same = name.size() == wanted.size() &&
                      std::equal(name.begin(), name.end(), wanted.begin(),
                                 [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
    if (same) (list += list.empty() ? "" : ",") += value;
  }
  std::string_view rest = list;
  while (!rest.empty() && trusts(request.remote)) {
    const auto comma = rest.rfind(',');
    auto text = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
    while (text.starts_with(' '))
      text.remove_prefix(1);
    while (text.ends_with(' '))
      text.remove_suffix(1);
    const auto address = io::Address::parse(text);
    if (!address.ok()) return;
    request.remote = *address;
  }
}

ConnectionLimits::Verdict ConnectionLimits::admit(const io::Address& peer, const TrustedProxies& proxies) {
  const bool trusted = peer.kind() == io::AddressKind::loopback || proxies.trusts(peer);
  std::lock_guard lock{mutex_};
  if (open_ >= options_.total) return Verdict::server_full;
  // Whoever has one IPv6 address has a whole network of them.
  const auto client = peer.client_network();
  auto& count = by_address_[client];
  if (count >= (trusted ? options_.per_trusted : options_.per_address)) {
    if (count == 0) by_address_.erase(client);
    return Verdict::address_full;
  }
  ++count;
  ++open_;
  return Verdict::admitted;
}

void ConnectionLimits::release(const io::Address& peer) {
  std::lock_guard lock{mutex_};
  const auto at = by_address_.find(peer.client_network());
  assert(at != by_address_.end() && open_ > 0);
  if (--at->second == 0) by_address_.erase(at);
  --open_;
}

std::size_t ConnectionLimits::open() const {
  std::lock_guard lock{mutex_};
  return open_;
}

}  // namespace longtake::http
