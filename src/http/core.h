#pragma once
// What all connections of one server share. Internal to http; neither Asio nor Beast is seen here.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "http/peers.h"
#include "http/router.h"
#include "http/server.h"
#include "io/lane.h"

namespace longtake::http {

/// An open connection as the server sees it; both calls come from any thread and return at once.
class Live {
 public:
  virtual ~Live() = default;
  /// Close now if idle, else after the answer under way.
  virtual void finish() = 0;
  /// Close now.
  virtual void cut() = 0;
};

/// Shared by all connections, so it lives as long as the last of them. `log` is not used after the last
/// connection has left.
struct Core {
  Core(ServerOptions options, Router router, TrustedProxies proxies, Log& log);

  /// False when the server is stopping.
  bool enter(Live* connection, std::weak_ptr<Live> handle);
  void leave(Live* connection);
  /// Waits until all have left; false when `patience` ended before.
  bool wait_until_empty(std::chrono::milliseconds patience);
  void finish_all();
  void cut_all();

  std::string next_request_id();
  io::Lane& lane_of(Run run);

  const ServerOptions options;
  const Router router;
  const TrustedProxies proxies;
  Log& log;
  Metrics metrics;
  ConnectionLimits limits;
  /// Requested: no connection enters any more.
  std::stop_source stop;
  /// Connections being told that they are not wanted.
  std::atomic<int> turning_away{0};

  // Stopped (and drained) after the last connection has left.
  io::Lane pooled;
  io::Lane decode;
  io::Lane warm;  // reads files into the page cache for senders

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  std::map<Live*, std::weak_ptr<Live>> live_;
  std::atomic<std::uint64_t> next_id_{1};
  const std::string id_prefix_;
};

}  // namespace longtake::http
