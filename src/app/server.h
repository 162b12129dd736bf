#pragma once
// All roles in one process: the rooms wired together, started in order and stopped in the reverse.

#include <memory>

#include "app/config.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::app {

class Server {
 public:
  /// Opens rows and archive (recovering what a crash left), listens, then starts the sources. An error leaves
  /// nothing running and nothing recorded before harmed.
  static Result<std::unique_ptr<Server>> start(const Config& config, const Clock& clock, Log& log);

  /// Listeners, sources, archive: within 10 s. False when a request handler still runs by then: everything
  /// recorded is sealed, and the program ends best without unmaking the server, which would wait for it.
  /// Idempotent; the destructor does it.
  bool stop();

  /// Compares with what runs and restarts the rooms whose options differ. What needs a restart of the program
  /// is logged.
  Status reload(const Config& config);

  /// 0 when a reload left nothing that listens.
  std::uint16_t port() const;

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::app
