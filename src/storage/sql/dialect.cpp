#include "storage/sql/dialect.h"

namespace longtake::storage::sql {

Result<std::int64_t> last_given_id(Session& session, std::string_view table) {
  LT_TRY(const auto last,
         session.find(
             "select seq from sqlite_sequence where name = ?", [](std::int64_t id) { return id; }, table));
  return last.value_or(0);
}

Result<std::vector<Column>> columns_ending(Session& session, std::string_view suffix) {
  return session.query(
      "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c "
      "where m.type = 'table' and substr(c.name, -length(?)) = ? order by m.name, c.name",
      [](std::string table, std::string name) {
        return Column{std::move(table), std::move(name)};
      },
      suffix, suffix);
}

}  // namespace longtake::storage::sql
