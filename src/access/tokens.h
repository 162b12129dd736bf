#pragma once
// API tokens for `Authorization: Bearer`. Shown once; rows keep the hash. Any thread.

#include <optional>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

class Tokens {
 public:
  Tokens(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  /// not_found names the address.
  Result<std::string> add(const std::string& email, const std::string& name);
  Result<std::optional<Identity>> find(std::string_view token) const;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
