#pragma once
// The HTTP/1.1 server: listeners, connections, limits, sending. It knows no resource: the router does. TLS
// and HTTP/2 are a front's (nginx) business.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "http/message.h"
#include "http/metrics.h"
#include "http/router.h"
#include "io/executor.h"

namespace longtake::http {

struct ServerOptions {
  using Millis = std::chrono::milliseconds;

  /// ADDRESS:PORT; port 0 takes a free one.
  std::vector<std::string> listen{"127.0.0.1:8090"};
  /// Networks or addresses whose X-Forwarded-For and -Proto are believed.
  std::vector<std::string> trusted_proxies;

  Millis header_timeout{10'000};  // first byte of a request to the end of its header: 408
  Millis body_timeout{30'000};    // whole request body: 408
  Millis idle_timeout{75'000};    // kept alive without a request: closed
  Millis stall_timeout{30'000};   // not one byte taken by the client: closed
  Millis heartbeat{15'000};       // comment on a silent event stream

  std::size_t url_limit = std::size_t{8} << 10;      // 414
  std::size_t header_limit = std::size_t{16} << 10;  // 431, request line included
  std::size_t connections = 10'000;                  // 503
  std::size_t connections_per_address = 256;         // 429
  std::size_t connections_per_trusted = 4'096;       // loopback and trusted proxies

  int pooled_threads = 8;
  std::size_t pooled_queue = 256;
  int decode_threads = 0;  // 0: processors - 1, at least 1
  std::size_t decode_queue = 64;
  /// Bytes one connection may send before others get their turn.
  std::size_t turn_bytes = std::size_t{1} << 20;

  bool operator==(const ServerOptions&) const = default;
};

class Server {
 public:
  /// Listens at once. Error `conflict` when an address is in use: "address 127.0.0.1:8090 is in use: stop the
  /// other program or pass --listen". `net` and `log` must outlive the server.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router, io::Executor& net,
                                               Log& log);
  /// stop with no patience.
  ~Server();

  /// The port of the i-th listener.
  std::uint16_t port(std::size_t i = 0) const;

  /// Closes the listeners and idle connections and asks handlers and event streams to end; answers under way
  /// go on. Returns at once.
  void begin_stop();

  /// begin_stop; lets answers under way finish until `patience` is over, then cuts them. Returns when all
  /// connections are closed, however long a handler takes. Never from a net thread.
  void stop(std::chrono::milliseconds patience);

  struct StopLimits {
    std::chrono::milliseconds answers;   ///< then answers under way are cut
    std::chrono::milliseconds handlers;  ///< then handlers that do not stop are no longer waited for
  };
  /// The same within limits. False: handlers still run, and what they use must stay.
  bool try_stop(StopLimits limits);

  /// They live on after the server.
  std::shared_ptr<const Metrics> metrics() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::http
