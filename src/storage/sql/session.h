#pragma once
// One connection, inside one transaction. Statements are prepared once per session and text, and kept.

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/sql/value.h"

namespace longtake::storage::sql {

/// Statements use `?` for each argument, in order. Errors: conflict (a constraint), unavailable (busy too
/// long), full (volume), invalid (NUL byte in a text), internal (our SQL or a damaged database).
/// Used by one thread at a time; only inside Database::read or Database::write.
class Session {
 public:
  /// Runs a statement without rows; returns how many rows it changed.
  template <class... Args>
  Result<std::int64_t> execute(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> binds{bind(args)...};
    return run(sql, binds, {}, {});
  }

  /// All rows, each through `mapper`, whose parameter types say what the columns are:
  ///   session.query("select id, name from channels where organization_id = ?",
  ///                 [](ChannelId id, std::string name) { return Item{id, name}; }, organization);
  /// The mapper must not use the session. A null column read as a plain type gives zero or "".
  template <class Mapper, class... Args>
  auto query(std::string_view sql, Mapper mapper, const Args&... args)
      -> Result<std::vector<typename Parameters<Mapper>::Row>> {
    std::vector<typename Parameters<Mapper>::Row> rows;
    if (auto done = each(
            sql, [&](auto&& row) { rows.push_back(std::forward<decltype(row)>(row)); }, mapper, args...);
        !done.ok())
      return std::move(done).error();
    return rows;
  }

  /// The first row, or nothing.
  template <class Mapper, class... Args>
  auto find(std::string_view sql, Mapper mapper, const Args&... args)
      -> Result<std::optional<typename Parameters<Mapper>::Row>> {
    std::optional<typename Parameters<Mapper>::Row> first;
    auto keep = [&](auto&& row) {
      if (!first) first.emplace(std::forward<decltype(row)>(row));
    };
    if (auto done = each(sql, keep, mapper, args...); !done.ok()) return std::move(done).error();
    return first;
  }

  /// For `insert ... returning id`.
  template <class... Args>
  Result<std::int64_t> insert(std::string_view sql, const Args&... args) {
    auto id = find(
        sql, [](std::int64_t v) { return v; }, args...);
    if (!id.ok()) return std::move(id).error();
    if (!*id) return make_error(Code::internal, "insert returned no id");
    return **id;
  }

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

 private:
  friend class Database;
  friend class Transaction;
  friend class Migrator;
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);

  template <class T>
  static Value bind(const T& v) {
    return Field<std::decay_t<const T>>::bind(v);
  }

  template <class Keep, class Mapper, class... Args>
  Result<std::int64_t> each(std::string_view sql, Keep keep, Mapper& mapper, const Args&... args) {
    using Columns = typename Parameters<Mapper>::Columns;
    const std::array<Value, sizeof...(Args)> binds{bind(args)...};
    return read_rows<Columns>(sql, binds, keep, mapper,
                              std::make_index_sequence<std::tuple_size_v<Columns>>{});
  }
  template <class Columns, class Keep, class Mapper, std::size_t... I>
  Result<std::int64_t> read_rows(std::string_view sql, std::span<const Value> binds, Keep& keep,
                                 Mapper& mapper, std::index_sequence<I...>) {
    static constexpr std::array<Kind, sizeof...(I)> kinds{Field<std::tuple_element_t<I, Columns>>::kind...};
    return run(sql, binds, kinds, [&](std::span<const Value> row) {
      keep(mapper(Field<std::tuple_element_t<I, Columns>>::read(row[I])...));
    });
  }

  Result<std::int64_t> run(std::string_view sql, std::span<const Value> binds, std::span<const Kind> columns,
                           const std::function<void(std::span<const Value>)>& on_row);
  /// Unprepared and uncached: what is done once, and a rollback, which must not depend on what failed.
  Status run_once(const std::string& sql);

  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::storage::sql
