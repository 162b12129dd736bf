#pragma once
// Private to storage/sql: what stands behind a Session.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "storage/sql/session.h"

namespace longtake::storage::sql {

/// A prepared statement with the variables it is bound to: their addresses stay for its life.
struct Prepared {
  struct Slot {
    Kind kind = Kind::integer;
    soci::indicator indicator = soci::i_ok;
    long long integer = 0;
    double real = 0;
    std::string text;
  };
  Prepared(soci::session& session, const std::string& sql, std::span<const Value> binds,
           std::span<const Kind> columns);

  bool fits(std::span<const Value> binds, std::span<const Kind> columns) const;
  void bind(std::span<const Value> binds);
  void read(std::vector<Value>& row) const;

  std::vector<Slot> in;
  std::vector<Slot> out;
  soci::statement statement;  // after the slots: it is destroyed before them
};

struct Session::Impl {
  std::unique_ptr<soci::session> connection;
  std::unordered_map<std::string, std::unique_ptr<Prepared>> statements;

  /// Opens the file with every pragma we rely on.
  static Result<std::unique_ptr<Impl>> open(const std::string& path, int busy_timeout_ms, bool read_only);

  /// Calls back, on the thread that writes, for each row that is inserted, updated or deleted. `listener`
  /// outlives the connection.
  void on_change(std::function<void(std::string_view table)>* listener);
  /// Rows inserted, updated and deleted since the connection was opened.
  std::int64_t total_changes() const;
};

}  // namespace longtake::storage::sql
