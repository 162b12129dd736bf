#include "api/channel_pages.h"

namespace longtake::api {

std::uint64_t ChannelPages::generation(std::uint64_t events) const {
  const std::lock_guard lock{mutex_};
  // Both only grow, and so does the sum: it is the same only when neither has.
  return changes_ + events;
}

std::shared_ptr<const std::string> ChannelPages::find(const Key& key, std::uint64_t generation) const {
  const std::lock_guard lock{mutex_};
  const auto found = pages_.find(key);
  if (found == pages_.end() || found->second.generation != generation ||
      clock_.steady() - found->second.made >= options_.keep)
    return nullptr;
  return found->second.text;
}

void ChannelPages::keep(const Key& key, std::uint64_t generation, std::string text) {
  auto shared = std::make_shared<const std::string>(std::move(text));
  const std::lock_guard lock{mutex_};
  if (pages_.size() >= options_.pages && !pages_.contains(key)) pages_.clear();
  pages_[key] = {.generation = generation, .made = clock_.steady(), .text = std::move(shared)};
}

void ChannelPages::forget() {
  const std::lock_guard lock{mutex_};
  ++changes_;
  pages_.clear();
}

}  // namespace longtake::api
