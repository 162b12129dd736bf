#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "media/slices.h"

namespace longtake::playback {

/// Made answers by their tag, the least recently used leaving first. Thread-safe.
class ByteCache {
 public:
  explicit ByteCache(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  /// Nothing when it is not there.
  media::SharedBytes find(const std::string& tag);
  /// Bytes over the limit by themselves are not kept.
  void put(const std::string& tag, media::SharedBytes bytes);
  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::string tag;
    media::SharedBytes bytes;
  };
  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_tag_;
  std::uint64_t bytes_ = 0;
};

}  // namespace longtake::playback
