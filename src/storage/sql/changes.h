#pragma once
// Whether what was read of some tables still holds, without reading it again.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace longtake::storage::sql {

class Session;

using ChangeCount = std::atomic<std::uint64_t>;

/// A number that is another one after each commit to some tables, by this process or by one beside it. Who
/// remembers what was read takes the number before reading; as long as it is the same, so is what was read.
/// Thread-safe; the database outlives it.
class Watch {
 public:
  /// Looks into the memory that the database's processes share: waits for no disk and no writer.
  std::uint64_t version() const;
  /// The same without looking: what others than this process did since anybody's last look is not in it. For
  /// who has just looked at something else.
  std::uint64_t last_version() const;

 private:
  friend class Changes;
  Watch(class Changes& changes, std::vector<const ChangeCount*> counts)
      : changes_(&changes), counts_(std::move(counts)) {}
  class Changes* changes_;
  std::vector<const ChangeCount*> counts_;
};

/// Counts commits: those of our one writer by table, as SQLite tells of each row; those of other processes
/// for all tables at once, by `pragma data_version`.
class Changes {
 public:
  /// `looker`: a reader of its own.
  Changes(Session& writer, Session& looker) : writer_(writer), looker_(looker) {}
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  Watch watch(const std::vector<std::string_view>& tables);

  // --- by who has the writer's turn
  /// Nothing is changed yet by the transaction that begins.
  void begin();
  /// The writer changed a row.
  void note(std::string_view table);
  /// What it changed is committed. `rows`: how many SQLite says; more than were noted are of unknown tables.
  void committed(std::int64_t rows);

 private:
  friend class Watch;
  void look();
  std::uint64_t elsewhere() const { return elsewhere_.load(std::memory_order_acquire); }

  Session& writer_;
  Session& looker_;
  std::mutex tables_mutex_;
  std::map<std::string, ChangeCount, std::less<>> tables_;  // nodes stay where they are
  ChangeCount elsewhere_{0};                                // by others, or of tables that nobody named

  // of the transaction under way
  std::vector<ChangeCount*> touched_;
  std::string last_noted_;
  std::int64_t noted_ = 0;
  std::int64_t writer_saw_ = 0;  // others' commits, as the writer's connection numbers them

  std::mutex looking_;  // guards `looker_` and the next
  std::int64_t seen_ = 0;
};

}  // namespace longtake::storage::sql
