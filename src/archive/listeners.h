#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "archive/archive.h"

namespace longtake::archive {

/// Thread-safe. Once a token is gone its function is not running and never will.
class Listeners {
 public:
  using Function = std::function<void(const LiveEvent&)>;

  std::shared_ptr<void> add(Function function) {
    auto entry = std::make_shared<Entry>(std::move(function));
    {
      const std::lock_guard lock{list_->mutex};
      list_->entries.push_back(entry);
    }
    return {entry.get(), [entry, list = list_](void*) {
              const std::lock_guard lock{list->mutex};
              std::erase(list->entries, entry);
            }};
  }

  void tell(LiveEvent event) const {
    const std::shared_lock lock{list_->mutex};
    for (const auto& entry : list_->entries)
      entry->function(event);
  }

 private:
  struct Entry {
    explicit Entry(Function f) : function(std::move(f)) {}
    Function function;
  };
  struct List {
    mutable std::shared_mutex mutex;
    std::vector<std::shared_ptr<Entry>> entries;
  };
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace longtake::archive
