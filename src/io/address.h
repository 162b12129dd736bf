#pragma once
// IP addresses as the rules see them: what is loopback, private, link-local or public; whether an address is
// in a network. v4 mapped into v6 (::ffff:10.0.0.1) counts as v4, so a rule cannot be dodged by spelling.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;

namespace longtake::io {

/// What kind of place an address names. `reserved`: unspecified, documentation, benchmarking, future use.
enum class AddressKind { public_, loopback, private_, link_local, multicast, reserved };
std::string_view to_string(AddressKind kind);

class Address {
 public:
  /// The unspecified address 0.0.0.0.
  Address() = default;

  /// Parses "192.0.2.1", "2001:db8::1", "[2001:db8::1]" or with a zone ("fe80::1%eth0", zone ignored). Never
  /// asks DNS. Error `invalid` names the text.
  static Result<Address> parse(std::string_view text);
  /// From an AF_INET or AF_INET6 socket address; anything else becomes the unspecified address (`reserved`).
  static Address from(const sockaddr& address);

  bool is_v4() const { return v4_; }
  AddressKind kind() const;
  /// What one client is usually given: a v4 address itself, of v6 the first address of its /64 network.
  Address client_network() const;
  std::string to_string() const;

  auto operator<=>(const Address&) const = default;

 private:
  friend class Network;
  bool v4_ = true;
  // v4: the first four bytes. Network order.
  std::array<std::uint8_t, 16> bytes_{};
};

/// "10.0.0.0/8", "fd00::/8", or one address.
class Network {
 public:
  static Result<Network> parse(std::string_view text);
  bool contains(const Address& address) const;
  bool operator==(const Network&) const = default;

 private:
  Address base_;
  unsigned prefix_ = 32;
};

/// A place to listen on or to connect to: "127.0.0.1:8090", "[::1]:8090", ":8090" (all v4 addresses).
struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  static Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  bool operator==(const Endpoint&) const = default;
};

}  // namespace longtake::io
