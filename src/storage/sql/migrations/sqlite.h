#pragma once
// One text per step, in the dialect of SQLite.

#include <string_view>

namespace longtake::storage::sql::sqlite {

extern const std::string_view first_light;
extern const std::string_view people;

}  // namespace longtake::storage::sql::sqlite
