#include "archive/row_queue.h"

#include <iterator>

namespace longtake::archive {
namespace {

constexpr std::size_t full_at = 20'000;
constexpr std::size_t batch_size = 128;

bool passes_by_itself(const Status& status) {
  return status.error().code() == Code::unavailable || status.error().code() == Code::full;
}

}  // namespace

RowQueue::RowQueue(storage::sql::Database& database, Log& log)
    : database_(database), log_(log), lane_({.name = "db", .threads = 1, .queue_limit = 16}) {}

void RowQueue::post(Write write, Done done) {
  {
    const std::lock_guard lock{mutex_};
    rows_.push_back({std::move(write), std::move(done)});
  }
  kick();
}

void RowQueue::kick() {
  const std::lock_guard lock{mutex_};
  if (scheduled_ || rows_.empty()) return;
  scheduled_ = lane_.try_post([this] { drain(); });
}

bool RowQueue::is_full() const {
  const std::lock_guard lock{mutex_};
  return rows_.size() >= full_at;
}

void RowQueue::wait_idle() {
  std::unique_lock lock{mutex_};
  idle_.wait(lock, [&] { return !scheduled_; });
}

void RowQueue::stop() {
  kick();
  lane_.stop(io::Lane::Stop::drain);
  const std::lock_guard lock{mutex_};
  if (!rows_.empty())
    log_.error("rows not written, the next start recovers them from the files", {{"rows", rows_.size()}});
  rows_.clear();
}

void RowQueue::drain() {
  while (true) {
    std::deque<Row> batch;
    {
      const std::lock_guard lock{mutex_};
      if (rows_.empty()) {
        scheduled_ = false;
        idle_.notify_all();
        return;
      }
      while (!rows_.empty() && batch.size() < batch_size) {
        batch.push_back(std::move(rows_.front()));
        rows_.pop_front();
      }
    }
    if (write_batch(batch)) continue;
    const std::lock_guard lock{mutex_};
    rows_.insert(rows_.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    scheduled_ = false;
    idle_.notify_all();
    return;
  }
}

bool RowQueue::write_batch(std::deque<Row>& batch) {
  auto all = database_.write([&](storage::sql::Session& session) -> Status {
    for (const auto& row : batch)
      LT_CHECK(row.write(session));
    return {};
  });
  if (all.ok()) {
    for (const auto& row : batch)
      if (row.done) row.done(all);
    return true;
  }
  if (passes_by_itself(all)) {
    log_.warn("database does not take rows, will try again",
              {{"rows", batch.size()}, {"error", all.error().story()}});
    return false;
  }
  // One row is impossible: find it, write the others.
  while (!batch.empty()) {
    auto one = database_.write([&](storage::sql::Session& session) { return batch.front().write(session); });
    if (!one.ok() && passes_by_itself(one)) return false;
    if (!one.ok()) log_.error("row refused by the database", {{"error", one.error().story()}});
    if (batch.front().done) batch.front().done(one);
    batch.pop_front();
  }
  return true;
}

}  // namespace longtake::archive
