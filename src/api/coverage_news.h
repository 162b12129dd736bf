#pragma once
// Tells pages that more of a channel was reviewed: many editors report every few seconds, and a page that
// hears of it asks for the whole.

#include <chrono>
#include <map>
#include <mutex>

#include "api/event_hub.h"
#include "base/id.h"
#include "base/time.h"

namespace longtake::api {

/// Thread-safe.
class CoverageNews {
 public:
  static constexpr std::chrono::seconds pause{5};

  explicit CoverageNews(const Clock& clock) : clock_(clock) {}

  void changed(OrganizationId organization, ChannelId channel);

  /// Publishes `coverage` for what has changed, each channel at most once in `pause`; the rest waits for the
  /// next call.
  void tell(EventHub& events);

 private:
  struct News {
    OrganizationId organization;
    bool waits = false;
    WallTime told;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<ChannelId, News> news_;
};

}  // namespace longtake::api
