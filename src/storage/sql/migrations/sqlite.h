#pragma once
// One text per step, in the dialect of SQLite.

#include <string_view>

namespace longtake::storage::sql::sqlite {

extern const std::string_view first_light;
extern const std::string_view people;
extern const std::string_view jobs;
extern const std::string_view people_indexes;
extern const std::string_view layouts;
extern const std::string_view notes;
extern const std::string_view clips;
extern const std::string_view screenshots;
extern const std::string_view coverage;
extern const std::string_view kept;
extern const std::string_view clip_edges;
extern const std::string_view clip_authors;
extern const std::string_view clip_jobs;
extern const std::string_view proven_addresses;

}  // namespace longtake::storage::sql::sqlite
