#pragma once
// What was read of some tables, kept in memory for as long as nobody changes them.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sql/changes.h"
#include "storage/sql/database.h"

namespace longtake::storage::sql {

/// Thread-safe; waits for no disk and no writer. The first change of a table throws everything away, and so
/// does being full: what is asked for often is soon there again. The database outlives it.
///   if (const auto known = remembered.find(key)) return *known;
///   const auto version = remembered.version();  // before reading
///   LT_TRY(auto value, database.read(...));
///   remembered.keep(version, key, value);
template <class Key, class Value>
class Remembered {
 public:
  /// `most`: so many values at once.
  Remembered(const Database& database, const std::vector<std::string_view>& tables, std::size_t most)
      : watch_(database.watch(tables)), most_(most) {}

  std::uint64_t version() const { return watch_.version(); }

  void keep(std::uint64_t version, const Key& key, Value value) {
    const std::lock_guard lock{mutex_};
    if (!is_of(version)) return;
    if (by_key_.size() >= most_) by_key_.clear();
    by_key_.insert_or_assign(key, std::move(value));
  }

  std::optional<Value> find(const Key& key) { return find(key, watch_.version()); }
  /// For who found something here or elsewhere a moment ago: does not look again (Watch::last_version).
  std::optional<Value> find_also(const Key& key) { return find(key, watch_.last_version()); }

 private:
  std::optional<Value> find(const Key& key, std::uint64_t version) {
    const std::lock_guard lock{mutex_};
    if (!is_of(version)) return {};
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::nullopt : std::optional{found->second};
  }

  /// Versions only grow: an older one is of somebody who was slow. Under mutex_.
  bool is_of(std::uint64_t version) {
    if (version < version_) return false;
    if (version > version_) by_key_.clear();
    version_ = version;
    return true;
  }

  const Watch watch_;
  const std::size_t most_;
  std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::unordered_map<Key, Value> by_key_;
};

}  // namespace longtake::storage::sql
