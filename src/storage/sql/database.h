#pragma once
// The rows of everything. One writer at a time (own session, transaction taken at its start, so that
// read-then-write cannot fail half way), a few readers that never wait for it (WAL). Works beside other
// processes on the same file: a command line beside a running server.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "storage/sql/session.h"

namespace longtake::storage::sql {

struct Options {
  std::string path;  ///< of the database file; made (mode 600) when missing, its folder must exist
  unsigned readers = 4;
  /// How long a write waits for other writers, and a read for a free reader, before `unavailable`.
  std::chrono::milliseconds busy_timeout{5000};
  bool operator==(const Options&) const = default;
};

/// A begun transaction; rolls back unless committed. Returns its session when it ends.
class Transaction {
 public:
  Transaction(Transaction&& o) noexcept
      : session_(std::exchange(o.session_, nullptr)),
        release_(std::exchange(o.release_, nullptr)),
        guard_(std::exchange(o.guard_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Session& session() { return *session_; }
  Status commit();

 private:
  friend class Database;
  using Guard = std::function<Status()>;
  Transaction(Session& session, std::function<void()> release, const Guard* guard)
      : session_(&session), release_(std::move(release)), guard_(guard) {}
  Session* session_;
  std::function<void()> release_;
  const Guard* guard_;
  bool open_ = true;
};

/// Thread-safe. Outlives every repository that refers to it.
class Database {
 public:
  /// Opens or makes the file and brings its tables up to this program (see migrations.h). Errors name the
  /// file and the mend: forbidden, not a database, newer than this program.
  static Result<std::unique_ptr<Database>> open(Options options, const Clock& clock);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs `work(Session&) -> Result<T>` in a write transaction: committed and on disk when it returns ok,
  /// else rolled back. Blocks for other writers. Do not nest.
  template <class F>
  auto write(F&& work) -> std::invoke_result_t<F&, Session&> {
    LT_TRY(auto transaction, begin_write());
    auto result = work(transaction.session());
    if (result.ok()) LT_CHECK(transaction.commit());
    return result;
  }

  /// Runs `work(Session&) -> Result<T>` on one consistent snapshot. Never blocks a writer.
  template <class F>
  auto read(F&& work) const -> std::invoke_result_t<F&, Session&> {
    LT_TRY(auto transaction, begin_read());
    return work(transaction.session());
  }

  /// Asked before every commit; an error rolls the transaction back. This is where a recorder that lost its
  /// lease is fenced off, and where the simulation pulls the plug. Set before threads use the database.
  void guard_commits(std::function<Status()> guard);

  const Options& options() const;

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  Result<Transaction> begin_write();
  Result<Transaction> begin_read() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::storage::sql
