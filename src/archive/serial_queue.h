#pragma once
// The disk work of one channel: in order, one at a time, on whichever thread of the disk lane is free.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "io/lane.h"

namespace longtake::archive {

/// Thread-safe. Its length is bounded by what posts: the channel's buffer limit, and two jobs a segment.
class SerialQueue : public std::enable_shared_from_this<SerialQueue> {
 public:
  explicit SerialQueue(io::Lane& lane) : lane_(lane) {}

  using Job = std::function<void()>;
  /// False when the lane has stopped; the job is dropped.
  bool post(Job job);
  /// Returns when everything posted so far has run.
  void wait_idle();

 private:
  void run();

  io::Lane& lane_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Job> jobs_;
  bool scheduled_ = false;
};

}  // namespace longtake::archive
