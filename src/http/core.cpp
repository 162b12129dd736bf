#include "http/core.h"

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace longtake::http {
namespace {

int decode_threads(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

}  // namespace

Core::Core(ServerOptions o, Router r, TrustedProxies p, Log& l)
    : options(std::move(o)),
      router(std::move(r)),
      proxies(std::move(p)),
      log(l),
      limits({.total = options.connections,
              .per_address = options.connections_per_address,
              .per_trusted = options.connections_per_trusted}),
      pooled({.name = "http", .threads = options.pooled_threads, .queue_limit = options.pooled_queue}),
      decode({.name = "decode",
              .threads = decode_threads(options.decode_threads),
              .queue_limit = options.decode_queue,
              .niceness = 10}),
      warm({.name = "warm", .threads = 4, .queue_limit = 1024}),
      id_prefix_(fmt::format("{:08x}", std::random_device{}())) {}

bool Core::enter(Live* connection, std::weak_ptr<Live> handle) {
  std::lock_guard lock{mutex_};
  if (stop.stop_requested()) return false;
  live_.emplace(connection, std::move(handle));
  return true;
}

void Core::leave(Live* connection) {
  std::lock_guard lock{mutex_};
  live_.erase(connection);
  if (live_.empty()) empty_.notify_all();
}

bool Core::wait_until_empty(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  return empty_.wait_for(lock, patience, [this] { return live_.empty(); });
}

void Core::finish_all() {
  std::vector<std::shared_ptr<Live>> connections;
  {
    std::lock_guard lock{mutex_};
    stop.request_stop();
    for (const auto& [_, handle] : live_)
      if (auto connection = handle.lock()) connections.push_back(std::move(connection));
  }
  for (const auto& connection : connections)
    connection->finish();
}

void Core::cut_all() {
  std::vector<std::shared_ptr<Live>> connections;
  {
    std::lock_guard lock{mutex_};
    for (const auto& [_, handle] : live_)
      if (auto connection = handle.lock()) connections.push_back(std::move(connection));
  }
  for (const auto& connection : connections)
    connection->cut();
}

std::string Core::next_request_id() {
  return fmt::format("{}-{:x}", id_prefix_, next_id_.fetch_add(1, std::memory_order_relaxed));
}

io::Lane& Core::lane_of(Run run) {
  return run == Run::decode ? decode : pooled;
}

}  // namespace longtake::http
