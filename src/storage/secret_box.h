#pragma once
// Keeps small secrets (credentials in source addresses) unreadable in rows and backups: XSalsa20-Poly1305
// with a key file that the server makes itself. Whoever has both the key file and the rows can read them.

#include <array>
#include <optional>
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

  /// A change of key, in an order that a crash at any point leaves everything readable: `begin_rotation` puts
  /// a new key in place and keeps the present one beside it as KEY_FILE.old (or goes on with a change that
  /// was interrupted); what was sealed is sealed anew; `end_rotation` removes the old key. Until then every
  /// box opens what either key has sealed. Nobody else may seal meanwhile.
  static Result<SecretBox> begin_rotation(const std::string& key_file);
  static Status end_rotation(const std::string& key_file);

  /// Printable text; a different one each time.
  std::string seal(std::string_view secret) const;
  /// Error `internal` when the text was not sealed with this key or was changed: no caller's fault.
  Result<std::string> unseal(std::string_view sealed) const;
  /// Whether the present key opens it, not the one before.
  bool is_current(std::string_view sealed) const;

  SecretBox(SecretBox&&) = default;
  SecretBox& operator=(SecretBox&&) = default;
  ~SecretBox();

 private:
  using Key = std::array<unsigned char, 32>;
  explicit SecretBox(const Key& key, std::optional<Key> old = {}) : key_(key), old_(old) {}
  static Result<std::optional<Key>> read_key(const std::string& key_file);
  Key key_;
  std::optional<Key> old_;  ///< of a change that is under way
};

}  // namespace longtake::storage
