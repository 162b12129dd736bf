#pragma once
// Keeps small secrets (credentials in source addresses) unreadable in rows and backups: XSalsa20-Poly1305
// with a key file that the server makes itself. Whoever has both the key file and the rows can read them.

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake::storage {

/// Immutable after open; thread-safe.
class SecretBox {
 public:
  /// Reads the key, or makes it (mode 600) when there is no such file. Errors: forbidden when others than the
  /// owner may read it (mend: chmod 600), invalid when it is not a key.
  static Result<SecretBox> open(const std::string& key_file);

  /// Printable text; a different one each time.
  std::string seal(std::string_view secret) const;
  /// Error `invalid` when the text was not sealed with this key or was changed.
  Result<std::string> unseal(std::string_view sealed) const;

  /// A key of its own for another purpose (signing links), derived from this one; 32 bytes.
  std::array<unsigned char, 32> derive_key(std::string_view purpose) const;

  SecretBox(SecretBox&&) = default;
  SecretBox& operator=(SecretBox&&) = default;
  ~SecretBox();

 private:
  using Key = std::array<unsigned char, 32>;
  explicit SecretBox(const Key& key) : key_(key) {}
  Key key_;
};

}  // namespace longtake::storage
