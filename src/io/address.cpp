#include "io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace longtake::io {
namespace {

struct Block {
  const char* network;
  AddressKind kind;
};

// IANA special-purpose registries, the more specific first. Everything else is public.
constexpr Block v4_blocks[] = {
    {"127.0.0.0/8", AddressKind::loopback},    {"10.0.0.0/8", AddressKind::private_},
    {"172.16.0.0/12", AddressKind::private_},  {"192.168.0.0/16", AddressKind::private_},
    {"100.64.0.0/10", AddressKind::private_},  {"169.254.0.0/16", AddressKind::link_local},
    {"224.0.0.0/4", AddressKind::multicast},   {"0.0.0.0/8", AddressKind::reserved},
    {"192.0.0.0/24", AddressKind::reserved},   {"192.0.2.0/24", AddressKind::reserved},
    {"198.18.0.0/15", AddressKind::reserved},  {"198.51.100.0/24", AddressKind::reserved},
    {"203.0.113.0/24", AddressKind::reserved}, {"240.0.0.0/4", AddressKind::reserved},
};
constexpr Block v6_blocks[] = {
    {"::1/128", AddressKind::loopback},
    {"::/128", AddressKind::reserved},
    {"fc00::/7", AddressKind::private_},
    {"fe80::/10", AddressKind::link_local},
    {"fec0::/10", AddressKind::private_},
    {"ff00::/8", AddressKind::multicast},
    {"2001:db8::/32", AddressKind::reserved},
    {"100::/64", AddressKind::reserved},
    // Forms that carry a v4 address and that some systems still translate: ::a.b.c.d, local NAT64, Teredo.
    {"::/96", AddressKind::reserved},
    {"64:ff9b:1::/48", AddressKind::private_},
    {"2001::/32", AddressKind::reserved},
};

struct ParsedBlock {
  Network network;
  AddressKind kind;
};

template <std::size_t N>
std::array<ParsedBlock, N> parse_blocks(const Block (&blocks)[N]) {
  std::array<ParsedBlock, N> parsed;
  for (std::size_t i = 0; i < N; ++i)
    parsed[i] = {Network::parse(blocks[i].network).value(), blocks[i].kind};
  return parsed;
}

template <class Blocks>
AddressKind find_kind(const Blocks& blocks, const Address& address) {
  for (const auto& block : blocks)
    if (block.network.contains(address)) return block.kind;
  return AddressKind::public_;
}

// The v4 address that a v6 address carries for a translator: NAT64 (64:ff9b::/96) and 6to4 (2002::/16) reach
// v4 hosts, so they are judged as those.
const std::uint8_t* embedded_v4(const std::array<std::uint8_t, 16>& bytes) {
  static constexpr std::uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
  if (std::equal(std::begin(nat64), std::end(nat64), bytes.begin())) return bytes.data() + 12;
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return bytes.data() + 2;
  return nullptr;
}

}  // namespace

std::string_view to_string(AddressKind kind) {
  switch (kind) {
    case AddressKind::public_:
      return "public";
    case AddressKind::loopback:
      return "loopback";
    case AddressKind::private_:
      return "private";
    case AddressKind::link_local:
      return "link-local";
    case AddressKind::multicast:
      return "multicast";
    case AddressKind::reserved:
      return "reserved";
  }
  return "reserved";
}

Result<Address> Address::parse(std::string_view text) {
  std::string host{text};
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (const auto zone = host.find('%'); zone != std::string::npos && host.find(':') < zone) host.resize(zone);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    return from(reinterpret_cast<const sockaddr&>(v4));
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    return from(reinterpret_cast<const sockaddr&>(v6));
  }
  return make_error(Code::invalid, "'{}' is not an IP address", text.substr(0, 60));
}

Address Address::from(const sockaddr& address) {
  Address result;
  if (address.sa_family == AF_INET) {
    std::memcpy(result.bytes_.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.sa_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&in6);
    if (IN6_IS_ADDR_V4MAPPED(&in6)) {
      std::memcpy(result.bytes_.data(), bytes + 12, 4);
    } else {
      result.v4_ = false;
      std::memcpy(result.bytes_.data(), bytes, 16);
    }
  }
  return result;
}

AddressKind Address::kind() const {
  static const auto v4 = parse_blocks(v4_blocks);
  static const auto v6 = parse_blocks(v6_blocks);
  if (v4_) return find_kind(v4, *this);
  if (const std::uint8_t* carried = embedded_v4(bytes_)) {
    Address inner;
    std::memcpy(inner.bytes_.data(), carried, 4);
    return find_kind(v4, inner);
  }
  return find_kind(v6, *this);
}

std::string Address::to_string() const {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

Address Address::client_network() const {
  auto network = *this;
  if (!v4_) std::fill(network.bytes_.begin() + 8, network.bytes_.end(), std::uint8_t{0});
  return network;
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  LT_TRY(auto base, Address::parse(text.substr(0, slash)));
  Network network;
  network.base_ = base;
  const unsigned width = base.is_v4() ? 32 : 128;
  network.prefix_ = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix_);
    if (ec != std::errc{} || end != digits.data() + digits.size() || network.prefix_ > width)
      return make_error(Code::invalid, "'{}' is not a network like 10.0.0.0/8", text.substr(0, 60));
  }
  return network;
}

bool Network::contains(const Address& address) const {
  if (address.v4_ != base_.v4_) return false;
  const unsigned whole = prefix_ / 8, rest = prefix_ % 8;
  if (!std::equal(base_.bytes_.begin(), base_.bytes_.begin() + whole, address.bytes_.begin())) return false;
  if (rest == 0) return true;
  const unsigned mask = 0xffu << (8 - rest) & 0xffu;
  return (base_.bytes_[whole] & mask) == (address.bytes_[whole] & mask);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto bad = [&] {
    return make_error(Code::invalid, "'{}' is not ADDRESS:PORT like 127.0.0.1:8090", text.substr(0, 60));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  const auto host = text.substr(0, colon), digits = text.substr(colon + 1);
  // A bare v6 address has more colons and no brackets: its last group is not a port.
  if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']')) return bad();
  Endpoint endpoint;
  if (!host.empty()) {
    auto address = Address::parse(host);
    if (!address.ok()) return bad();
    endpoint.address = *address;
  }
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size()) return bad();
  return endpoint;
}

std::string Endpoint::to_string() const {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

}  // namespace longtake::io
