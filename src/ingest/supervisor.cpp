#include "ingest/supervisor.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "ingest/address_rules.h"
#include "ingest/channel_worker.h"
#include "ingest/probe.h"

namespace longtake::ingest {
namespace {

using namespace std::chrono_literals;

/// All channels have tried to connect after this long, and two never start closer together than needed.
constexpr auto start_within = 10s;
constexpr auto start_apart = 100ms;

/// Whom to tell. Thread-safe; once a token is gone its function is not running and never will.
class Listeners {
 public:
  using Function = std::function<void(const ChannelStatus&)>;

  std::shared_ptr<void> add(Function function) {
    auto listener = std::make_shared<Listener>();
    listener->function = std::move(function);
    const std::lock_guard lock{mutex_};
    std::erase_if(all_, [](const auto& weak) { return weak.expired(); });
    all_.push_back(listener);
    // The token is not the listener itself: a call in progress keeps the listener, not the token.
    return {static_cast<void*>(listener.get()), [listener](void*) {
              const std::lock_guard inner{listener->mutex};
              listener->function = {};
            }};
  }

  void tell(const ChannelStatus& status) {
    std::vector<std::shared_ptr<Listener>> now;
    {
      const std::lock_guard lock{mutex_};
      for (const auto& weak : all_)
        if (auto listener = weak.lock()) now.push_back(std::move(listener));
    }
    for (const auto& listener : now) {
      const std::lock_guard lock{listener->mutex};
      if (listener->function) listener->function(status);
    }
  }

 private:
  struct Listener {
    std::recursive_mutex mutex;  // a listener may drop its own token
    Function function;
  };
  std::mutex mutex_;
  std::vector<std::weak_ptr<Listener>> all_;
};

}  // namespace

struct Supervisor::Impl {
  Options options;
  archive::Channels& channels;
  archive::Archive& archive;
  const Clock& clock;
  Log& log;
  Listeners listeners;
  mutable std::mutex mutex;
  std::map<ChannelId, std::unique_ptr<ChannelWorker>> workers;  // guarded
  std::vector<std::unique_ptr<ChannelWorker>> retired;          // guarded; of removed channels
  bool stopped = false;                                         // guarded

  std::unique_ptr<ChannelWorker> make_worker(const archive::Channel& channel,
                                             std::chrono::milliseconds delay) {
    return std::make_unique<ChannelWorker>(
        ChannelWorker::Context{options, archive, clock, log,
                               [this](const ChannelStatus& status) { listeners.tell(status); }},
        channel, delay);
  }
};

Supervisor::Supervisor(Options options, archive::Channels& channels, archive::Archive& archive,
                       const Clock& clock, Log& log)
    : impl_(new Impl{
          .options = options, .channels = channels, .archive = archive, .clock = clock, .log = log}) {}

Supervisor::~Supervisor() {
  stop();
}

Status Supervisor::start() {
  LT_TRY(const auto all, impl_->channels.all(), "starting the channels");
  const auto apart = all.empty() ? start_apart
                                 : std::min<std::chrono::milliseconds>(
                                       start_apart, std::chrono::milliseconds{start_within} / all.size());
  const std::lock_guard lock{impl_->mutex};
  std::chrono::milliseconds delay{0};
  for (const auto& channel : all) {
    if (impl_->workers.contains(channel.id)) continue;
    impl_->workers.emplace(channel.id, impl_->make_worker(channel, delay));
    if (channel.enabled) delay += apart;
  }
  return {};
}

void Supervisor::stop() {
  std::map<ChannelId, std::unique_ptr<ChannelWorker>> workers;
  std::vector<std::unique_ptr<ChannelWorker>> retired;
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->stopped = true;
    workers.swap(impl_->workers);
    retired.swap(impl_->retired);
  }
  // First all are asked, then each is awaited: together they take as long as the slowest.
  for (const auto& [id, worker] : workers)
    worker->request_stop(archive::GapCause::server_stopped);
}

void Supervisor::channel_changed(const archive::Channel& channel) {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->stopped) return;
  if (const auto found = impl_->workers.find(channel.id); found != impl_->workers.end())
    found->second->apply(channel);
  else
    impl_->workers.emplace(channel.id, impl_->make_worker(channel, 0ms));
}

void Supervisor::channel_removed(ChannelId id) {
  const std::lock_guard lock{impl_->mutex};
  std::erase_if(impl_->retired, [](const auto& worker) { return worker->finished(); });
  const auto found = impl_->workers.find(id);
  if (found == impl_->workers.end()) return;
  found->second->request_stop(archive::GapCause::stopped);
  impl_->retired.push_back(std::move(found->second));
  impl_->workers.erase(found);
}

ChannelStatus Supervisor::status(ChannelId id) const {
  const std::lock_guard lock{impl_->mutex};
  if (const auto found = impl_->workers.find(id); found != impl_->workers.end())
    return found->second->status();
  ChannelStatus unknown;
  unknown.channel = id;
  return unknown;
}

std::shared_ptr<void> Supervisor::subscribe(std::function<void(const ChannelStatus&)> listener) {
  return impl_->listeners.add(std::move(listener));
}

Result<SourceReport> Supervisor::test(const SourceTest& test, std::stop_token stop) const {
  return probe_source({impl_->options, impl_->clock, impl_->log}, test, std::move(stop));
}

Result<SourceReport> test_source(const Options& options, const SourceTest& test, const Clock& clock, Log& log,
                                 std::stop_token stop) {
  return probe_source({options, clock, log}, test, std::move(stop));
}

Status check_address(const std::string& url) {
  LT_CHECK(check_scheme(url));
  return check_password(url);
}

}  // namespace longtake::ingest
