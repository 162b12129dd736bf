#pragma once
// Private to storage/sql.

#include <exception>
#include <string_view>

#include "base/result.h"

namespace longtake::storage::sql {

/// The one place where what a driver throws becomes an Error, marked as our own failure.
Error sql_error(const std::exception& thrown, std::string_view doing);

}  // namespace longtake::storage::sql
