#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "archive/live_channel.h"

namespace longtake::archive {

/// Every channel that has footage or is recorded. Thread-safe; entries live as long as the archive.
class LiveChannels {
 public:
  using Ptr = std::shared_ptr<LiveChannel>;
  explicit LiveChannels(io::Lane& disk) : disk_(disk) {}

  Ptr find(ChannelId id) const {
    const std::shared_lock lock{mutex_};
    const auto found = channels_.find(id);
    return found == channels_.end() ? nullptr : found->second;
  }
  Ptr get(ChannelId id) {
    if (auto found = find(id)) return found;
    const std::lock_guard lock{mutex_};
    auto& entry = channels_[id];
    if (!entry) entry = std::make_shared<LiveChannel>(id, disk_);
    return entry;
  }
  std::vector<Ptr> all() const {
    const std::shared_lock lock{mutex_};
    std::vector<Ptr> out;
    for (const auto& [id, channel] : channels_)
      out.push_back(channel);
    return out;
  }

 private:
  io::Lane& disk_;
  mutable std::shared_mutex mutex_;
  std::map<ChannelId, Ptr> channels_;
};

}  // namespace longtake::archive
