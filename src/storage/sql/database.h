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
#include "storage/sql/changes.h"
#include "storage/sql/session.h"

namespace longtake::storage::sql {

struct Options {
  std::string path;  ///< of the database file; made (mode 600) when missing, its folder must exist
  unsigned readers = 4;
  /// How long a write waits for other writers, and a read for a free reader, before `unavailable`.
  std::chrono::milliseconds busy_timeout{5000};
  bool operator==(const Options&) const = default;
};

class Database;

/// Something that goes along with a write of somebody else's: with the next one of the thread that made it.
/// It is asked last before that write's commit, and its error rolls the write back: both stand, or neither. A
/// write that is rolled back leaves it waiting for the next one. One for a thread at a time; made and ended
/// by the same thread, before the database.
class Rider {
 public:
  using Work = std::function<Status(Session&)>;
  Rider(Database& database, Work work);
  ~Rider();
  Rider(const Rider&) = delete;
  Rider& operator=(const Rider&) = delete;

  /// A write was committed, and this with it.
  bool carried() const { return carried_; }

 private:
  friend class Transaction;
  Database& database_;
  const Work work_;
  bool carried_ = false;
};

/// A begun transaction. A write rolls back unless committed. Returns its session when it ends.
class Transaction {
 public:
  Transaction(Transaction&& o) noexcept
      : session_(std::exchange(o.session_, nullptr)), plan_(std::move(o.plan_)), open_(o.open_) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Session& session() { return *session_; }
  Status commit();

 private:
  friend class Database;
  enum class Kind { write, read, joined };  ///< joined: a read on the session of a write, which goes on
  struct Plan {
    Kind kind = Kind::read;
    std::function<void()> release;                   ///< of the session
    const std::function<Status()>* guard = nullptr;  ///< asked before the commit
    std::function<void()> committed;                 ///< told after it
    Rider* rider = nullptr;
  };
  Transaction(Session& session, Plan plan)
      : session_(&session), plan_(std::move(plan)), open_(plan_.kind != Kind::joined) {}
  Session* session_;
  Plan plan_;
  bool open_;
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
    return write_with(Carry::rider, work);
  }

  /// The same, and this thread's rider waits for another write: what is told beside what a request does.
  template <class F>
  auto write_apart(F&& work) -> std::invoke_result_t<F&, Session&> {
    return write_with(Carry::nothing, work);
  }

  /// Runs `work(Session&) -> Result<T>` on one consistent snapshot. Never blocks a writer. Inside of a write
  /// of the same thread it sees what that write has done so far.
  template <class F>
  auto read(F&& work) const -> std::invoke_result_t<F&, Session&> {
    LT_TRY(auto transaction, begin_read());
    return work(transaction.session());
  }

  /// Asked before every commit; an error rolls the transaction back. This is where a recorder that lost its
  /// lease is fenced off, and where the simulation pulls the plug. Set before threads use the database.
  void guard_commits(std::function<Status()> guard);

  /// Of what is read of these tables.
  Watch watch(const std::vector<std::string_view>& tables) const;

  const Options& options() const;

 private:
  friend class Rider;
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  enum class Carry { rider, nothing };
  template <class F>
  auto write_with(Carry carry, F& work) -> std::invoke_result_t<F&, Session&> {
    LT_TRY(auto transaction, begin_write(carry));
    auto result = work(transaction.session());
    if (result.ok()) LT_CHECK(transaction.commit());
    return result;
  }
  Result<Transaction> begin_write(Carry carry);
  Result<Transaction> begin_read() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::storage::sql
