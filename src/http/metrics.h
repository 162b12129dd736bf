#pragma once
// Counters of the server, read by whoever publishes them. Monotonic but for the gauges.

#include <array>
#include <atomic>
#include <cstdint>

namespace longtake::http {

struct Metrics {
  /// Answers by first digit of the status, [1] to [5].
  std::array<std::atomic<std::uint64_t>, 6> answers{};
  /// Of them those given from memory, without a change of thread.
  std::atomic<std::uint64_t> answers_at_once{0};
  std::atomic<std::uint64_t> bytes_sent{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  /// Turned away by a connection limit.
  std::atomic<std::uint64_t> connections_refused{0};
  /// Cut because the client stopped reading.
  std::atomic<std::uint64_t> stalled{0};
  /// Requests answered 503 because a pool was full.
  std::atomic<std::uint64_t> overloaded{0};
  /// Clients that hung up while their answer was waiting or being made.
  std::atomic<std::uint64_t> given_up{0};
  std::atomic<std::int64_t> connections_open{0};  // gauge
  std::atomic<std::int64_t> event_streams{0};     // gauge
  std::atomic<std::int64_t> decode_waiting{0};    // gauge: requests for the decode pool not yet started
};

}  // namespace longtake::http
