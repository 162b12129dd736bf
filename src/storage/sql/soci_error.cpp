#include "storage/sql/soci_error.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "base/own_failure.h"

namespace longtake::storage::sql {
namespace {

// Primary result codes of SQLite: https://www.sqlite.org/rescode.html
enum : int { busy = 5, locked = 6, read_only = 8, io_error = 10, corrupt = 11, disk_full = 13 };
enum : int { cannot_open = 14, constraint = 19, not_a_database = 26, permission = 3, authorization = 23 };

Error to_error(const std::exception& thrown, std::string_view doing) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&thrown);
  const auto* soci = dynamic_cast<const soci::soci_error*>(&thrown);
  const std::string text = soci ? soci->get_error_message() : thrown.what();
  const int code = sqlite ? sqlite->result() & 0xff : 0;
  switch (code) {
    case constraint:
      return make_error(Code::conflict, "{}: {}", doing, text);
    case busy:
    case locked:
      return make_error(Code::unavailable, "{}: the database is busy", doing);
    case disk_full:
      return make_error(Code::full, "{}: no room left for the database: free space on its volume", doing);
    case permission:
    case authorization:
    case read_only:
    case cannot_open:
      return make_error(Code::forbidden, "{}: {}: make the database file and its folder writable", doing,
                        text);
    case io_error:
      return make_error(Code::unavailable, "{}: {}", doing, text);
    case corrupt:
    case not_a_database:
      return make_error(Code::internal,
                        "{}: {}: restore the database from a backup, or move it away and run longtake "
                        "rebuild",
                        doing, text);
    default:
      return make_error(Code::internal, "{}: {}", doing, text);
  }
}

}  // namespace

Error sql_error(const std::exception& thrown, std::string_view doing) {
  return own_failure(to_error(thrown, doing));
}

}  // namespace longtake::storage::sql
