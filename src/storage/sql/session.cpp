#include "storage/sql/session.h"

#include "storage/sql/session_impl.h"
#include "storage/sql/soci_error.h"

namespace longtake::storage::sql {
namespace {

void attach_in(soci::statement& statement, Prepared::Slot& slot) {
  switch (slot.kind) {
    case Kind::integer:
      return statement.exchange(soci::use(slot.integer, slot.indicator));
    case Kind::real:
      return statement.exchange(soci::use(slot.real, slot.indicator));
    case Kind::text:
      return statement.exchange(soci::use(slot.text, slot.indicator));
  }
}

void attach_out(soci::statement& statement, Prepared::Slot& slot) {
  switch (slot.kind) {
    case Kind::integer:
      return statement.exchange(soci::into(slot.integer, slot.indicator));
    case Kind::real:
      return statement.exchange(soci::into(slot.real, slot.indicator));
    case Kind::text:
      return statement.exchange(soci::into(slot.text, slot.indicator));
  }
}

/// Without the check of the object's type: soci's library keeps its type information to itself.
[[gnu::no_sanitize("vptr")]] sqlite_api::sqlite3* driver_of(soci::session& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.get_backend())->conn_;
}

/// First words of a statement, for error stories.
std::string_view brief(std::string_view sql) {
  return sql.substr(0, std::min(sql.size(), std::min(sql.find('('), std::size_t{60})));
}

}  // namespace

Prepared::Prepared(soci::session& session, const std::string& sql, std::span<const Value> binds,
                   std::span<const Kind> columns)
    : in(binds.size()), out(columns.size()), statement(session) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i].kind = binds[i].kind;
    attach_in(statement, in[i]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].kind = columns[i];
    attach_out(statement, out[i]);
  }
  statement.alloc();
  statement.prepare(sql);
  statement.define_and_bind();
}

bool Prepared::fits(std::span<const Value> binds, std::span<const Kind> columns) const {
  if (binds.size() != in.size() || columns.size() != out.size()) return false;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i].kind != binds[i].kind) return false;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].kind != columns[i]) return false;
  return true;
}

void Prepared::bind(std::span<const Value> binds) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i].indicator = binds[i].null ? soci::i_null : soci::i_ok;
    in[i].integer = binds[i].integer;
    in[i].real = binds[i].real;
    in[i].text = binds[i].text;
  }
}

void Prepared::read(std::vector<Value>& row) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& value = row[i];
    value.kind = out[i].kind;
    value.null = out[i].indicator == soci::i_null;
    value.integer = value.null ? 0 : out[i].integer;
    value.real = value.null ? 0 : out[i].real;
    value.text = value.null ? std::string{} : out[i].text;
  }
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

Result<std::int64_t> Session::run(std::string_view sql, std::span<const Value> binds,
                                  std::span<const Kind> columns,
                                  const std::function<void(std::span<const Value>)>& on_row) {
  for (const auto& value : binds)
    if (value.text.find('\0') != std::string::npos)
      return make_error(Code::invalid, "text holds a NUL character");
  const std::string key{sql};
  try {
    auto& prepared = impl_->statements[key];
    if (!prepared || !prepared->fits(binds, columns))
      prepared = std::make_unique<Prepared>(*impl_->connection, key, binds, columns);
    prepared->bind(binds);
    bool got = prepared->statement.execute(true);
    if (columns.empty()) return prepared->statement.get_affected_rows();
    std::vector<Value> row(columns.size());
    std::int64_t count = 0;
    for (; got; got = prepared->statement.fetch(), ++count) {
      prepared->read(row);
      on_row(row);
    }
    return count;
  } catch (const std::exception& thrown) {
    impl_->statements.erase(key);  // a statement that failed is in an unknown state
    return sql_error(thrown, brief(sql));
  }
}

Status Session::run_once(const std::string& sql) {
  try {
    *impl_->connection << sql;
    return {};
  } catch (const std::exception& thrown) {
    return sql_error(thrown, brief(sql));
  }
}

Result<std::unique_ptr<Session::Impl>> Session::Impl::open(const std::string& path, int busy_timeout_ms,
                                                           bool read_only) {
  if (path.find('"') != std::string::npos)
    return make_error(Code::invalid, "database path {} holds a quotation mark: choose another folder", path);
  try {
    auto impl = std::make_unique<Impl>();
    impl->connection =
        std::make_unique<soci::session>(*soci::factory_sqlite3(), "db=\"" + path + "\" timeout=5");
    auto& connection = *impl->connection;
    connection << fmt::format("pragma busy_timeout={}", busy_timeout_ms);
    if (!read_only) connection << "pragma journal_mode=wal";
    // FULL, not NORMAL: a deleted row must not come back after power loss, its file is gone by then. We
    // commit a few times a minute, so the extra sync per commit costs nothing.
    connection << "pragma synchronous=full";
    connection << "pragma foreign_keys=on";
    connection << "pragma temp_store=memory";
    connection << "pragma cache_size=-1024";
    connection << "pragma journal_size_limit=16777216";
    if (read_only) connection << "pragma query_only=on";
    return impl;
  } catch (const std::exception& thrown) {
    return sql_error(thrown, fmt::format("opening database {}", path));
  }
}

void Session::Impl::on_change(std::function<void(std::string_view table)>* listener) {
  const auto tell = [](void* context, int, const char*, const char* table, sqlite_api::sqlite3_int64) {
    (*static_cast<std::function<void(std::string_view)>*>(context))(table);
  };
  sqlite_api::sqlite3_update_hook(driver_of(*connection), tell, listener);
}

std::int64_t Session::Impl::total_changes() const {
  return sqlite_api::sqlite3_total_changes64(driver_of(*connection));
}

}  // namespace longtake::storage::sql
