#pragma once
// Threads of sources: named, with a small stack, joined by their owner.

#include <pthread.h>

#include <functional>
#include <string>

namespace longtake::ingest {

/// Joins in its destructor; whoever owns it has asked the body to return before.
class Thread {
 public:
  /// `name`: at most 15 characters show.
  Thread(std::string name, std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  struct Start;
  pthread_t thread_{};
};

}  // namespace longtake::ingest
