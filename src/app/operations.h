#pragma once
// /healthz, /readyz and /metrics, for supervisors and Prometheus.

#include <functional>
#include <memory>

#include "archive/archive.h"
#include "archive/channels.h"
#include "http/metrics.h"
#include "http/router.h"
#include "ingest/supervisor.h"

namespace longtake::app {

/// What operations watch.
struct Watched {
  const archive::Archive* archive = nullptr;
  const archive::Channels* channels = nullptr;
  const ingest::Supervisor* supervisor = nullptr;
  /// Of the listener there is now; null while there is none. Any thread.
  std::function<std::shared_ptr<const http::Metrics>()> http;
};

/// `only_local`: on the page's own listener the three answer loopback peers that did not come through a
/// proxy, others get 404. `watched` outlives the router.
void add_operations_routes(http::Router& router, const Watched& watched, bool only_local);

/// Prometheus text exposition format 0.0.4.
std::string render_metrics(const Watched& watched);

}  // namespace longtake::app
