#include "playback/byte_cache.h"

namespace longtake::playback {

media::SharedBytes ByteCache::find(const std::string& tag) {
  const std::lock_guard lock{mutex_};
  const auto found = by_tag_.find(tag);
  if (found == by_tag_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->bytes;
}

void ByteCache::put(const std::string& tag, media::SharedBytes bytes) {
  const std::lock_guard lock{mutex_};
  if (bytes->size() > max_bytes_ || by_tag_.contains(tag)) return;
  bytes_ += bytes->size();
  entries_.push_front({tag, std::move(bytes)});
  by_tag_.emplace(tag, entries_.begin());
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().bytes->size();
    by_tag_.erase(entries_.back().tag);
    entries_.pop_back();
  }
}

std::uint64_t ByteCache::bytes() const {
  const std::lock_guard lock{mutex_};
  return bytes_;
}

}  // namespace longtake::playback
