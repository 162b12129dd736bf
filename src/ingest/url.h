#pragma once
// Just enough of RFC 3986 to follow what playlists name and to judge where an address leads. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake::ingest {

/// Views into the text that was split; credentials are left out of `host`.
struct UrlParts {
  std::string scheme;     ///< lower case
  std::string_view host;  ///< without brackets; empty: none
  std::string_view path;  ///< from the first slash, without query; may be empty
  std::string_view query;
};
/// Error invalid: no scheme, or no "//" after it.
Result<UrlParts> split_url(std::string_view url);

/// What `reference` means in a document that came from `base` (RFC 3986, 5.2).
std::string resolve_url(std::string_view base, std::string_view reference);

}  // namespace longtake::ingest
