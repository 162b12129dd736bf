#pragma once
// Where a source may lead: schemes, and places in the network.

#include <string_view>

#include "base/result.h"
#include "io/http_client.h"

namespace longtake::ingest {

struct AddressRules {
  bool allow_private = false;  ///< Options::allow_private

  /// Of a client that asks them for every address about to be connected to.
  io::HttpClient::Options http() const;
};

/// Scheme and shape. Pure. Error invalid or forbidden, naming the mend.
Status check_scheme(std::string_view url);

/// Of an address that somebody enters: refuses one that is cut inside its password, which would be shown with
/// the path. Pure. invalid, kind source-bad-address.
Status check_password(std::string_view url);

/// Resolves the host and refuses private, loopback, link-local and other places that are not public, unless
/// allowed. Blocks for DNS. Error forbidden, or unavailable when the host is not found.
Status check_host(std::string_view url, AddressRules rules);

/// Before a connection is made: as check_host, of one address.
Status check_address(const sockaddr& address);

/// What playlists may lead to: http and https only. Error forbidden.
Status check_followed(std::string_view url);

}  // namespace longtake::ingest
