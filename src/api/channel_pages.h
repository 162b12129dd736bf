#pragma once
// Pages of the list of channels as they were just answered. A list of fifty channels costs half a millisecond
// to gather, decrypt and write down; a hundred pages that load at once ask for the same one.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "base/id.h"
#include "base/time.h"

namespace longtake::api {

/// Thread-safe. A page is good until a channel changes (`generation`, `forget`), and never longer than
/// `keep`: as often as pages are told that recordings grow.
class ChannelPages {
 public:
  struct Options {
    std::chrono::milliseconds keep{2000};
    std::size_t pages = 64;
  };
  struct Key {
    OrganizationId organization;
    ChannelId after;
    std::size_t limit = 0;
    auto operator<=>(const Key&) const = default;
  };
  ChannelPages(const Clock& clock, Options options) : clock_(clock), options_(options) {}
  explicit ChannelPages(const Clock& clock) : ChannelPages(clock, Options{}) {}

  /// What a page that is gathered now is valid for; `events` is the number of the newest event.
  std::uint64_t generation(std::uint64_t events) const;
  /// Null: there is none, or it is over.
  std::shared_ptr<const std::string> find(const Key& key, std::uint64_t generation) const;
  /// `generation` was asked for before the page was gathered. Full rule: all are forgotten.
  void keep(const Key& key, std::uint64_t generation, std::string text);
  /// A channel was changed by a request: the next list shows it.
  void forget();

 private:
  struct Page {
    std::uint64_t generation = 0;
    std::chrono::steady_clock::time_point made;
    std::shared_ptr<const std::string> text;
  };
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::uint64_t changes_ = 0;
  std::map<Key, Page> pages_;
};

}  // namespace longtake::api
