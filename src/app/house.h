#pragma once
// Keeps channels and pages in step with the rows, on a lane of its own which may block.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "api/context.h"
#include "api/people_news.h"
#include "io/executor.h"
#include "io/lane.h"

namespace longtake::app {

/// Looks every two seconds at what a command beside the server changed, tells pages what channels and people
/// do, and lets go of what has ended. A look that cannot be done now is done at the next.
class House {
 public:
  /// Both outlive it.
  House(api::Context& context, io::Executor& net);
  ~House();

  /// Watches the supervisor and looks for the first time.
  void start();
  /// Nothing is watched, looked at or told after it. Idempotent.
  void stop();

 private:
  struct Seen {
    OrganizationId organization;
    std::int64_t version = 0;
    bool enabled = false;
    std::optional<WallTime> published;
  };

  void look_later();
  void look();
  void look_for_edits();
  void publish_moving_edges();
  void state_changed(ChannelId id);
  void publish_changed();
  void publish_people();
  void expire();

  api::Context& context_;
  io::Executor& net_;
  std::shared_ptr<void> status_token_;

  // Of the lane alone.
  std::map<ChannelId, Seen> seen_;
  api::PeopleNews people_news_;
  int looks_ = 0;

  std::mutex mutex_;             // guards what follows
  std::set<ChannelId> changed_;  // states not told yet: as many as there are channels
  bool telling_ = false;         // the lane will
  bool stopped_ = false;
  io::Timer timer_;
  io::Lane lane_;
};

}  // namespace longtake::app
