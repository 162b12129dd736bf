#pragma once
// Rows on their way to the database, in order, on a lane of their own: neither ingest nor the disk lane ever
// waits for it. When the database is busy or its volume full the queue keeps its rows and tries again at the
// next `kick`; segments stay visible from memory meanwhile.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "base/log.h"
#include "base/result.h"
#include "io/lane.h"
#include "storage/sql/database.h"

namespace longtake::archive {

/// Thread-safe. Full-queue rule: `is_full` makes start_run refuse; what running recordings still post (two
/// rows a segment) is always taken.
class RowQueue {
 public:
  using Write = std::function<Status(storage::sql::Session&)>;
  /// Called on the db lane after the commit, or with the error that made the row impossible.
  using Done = std::function<void(const Status&)>;

  RowQueue(storage::sql::Database& database, Log& log);

  void post(Write write, Done done = {});
  /// Tries again what waits.
  void kick();
  bool is_full() const;
  /// Returns when what was posted so far is written, impossible, or waits for a later kick.
  void wait_idle();
  /// Writes what can be written, then ends. Idempotent.
  void stop();

 private:
  struct Row {
    Write write;
    Done done;
  };
  void drain();
  /// True when the batch left the queue (written or impossible).
  bool write_batch(std::deque<Row>& batch);

  storage::sql::Database& database_;
  Log& log_;
  mutable std::mutex mutex_;
  std::deque<Row> rows_;
  bool scheduled_ = false;
  std::condition_variable idle_;
  io::Lane lane_;  // last: its thread uses the rest
};

}  // namespace longtake::archive
