#pragma once
// Public keys of an OpenID provider (RFC 7517) and the signatures they prove: RS256 and ES256, nothing else.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct evp_pkey_st;

namespace longtake::access {

/// Immutable; thread-safe.
class KeySet {
 public:
  /// From a JWK set. Keys for other purposes or of other kinds, and RSA keys under 2048 bits, are left out.
  /// Error invalid: not a JWK set.
  static Result<KeySet> parse(std::string_view json);

  struct Signature {
    std::string_view algorithm;  ///< as the token says
    std::string_view key;        ///< its "kid"; empty: the token names none
    std::string_view signed_text;
    std::string_view bytes;
  };
  /// Error forbidden: no key of this set made it; not_found when there is no key of that name (the set may be
  /// old).
  Status verify(const Signature& signature) const;

 private:
  struct Key {
    std::string id;
    std::string algorithm;
    std::shared_ptr<evp_pkey_st> key;
  };
  std::vector<Key> keys_;
};

}  // namespace longtake::access
