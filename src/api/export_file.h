#pragma once
// What is too long for memory on its way out: written piece by piece into a file without a name.

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/id.h"
#include "base/result.h"
#include "http/message.h"

namespace longtake::api {

/// Nothing is left of it when it was sent, or when the program dies.
class ExportFile {
 public:
  /// In `folder`, which is on a volume with room: the system's temporary folder may be memory.
  static Result<ExportFile> make(const std::string& folder);

  Status write(std::string_view text);
  /// An answer to be saved under this name.
  http::Response finish(std::string content_type, std::string_view name) &&;

 private:
  explicit ExportFile(Fd file) : file_(std::move(file)) {}
  Fd file_;
  std::uint64_t size_ = 0;
};

/// Exports under way: one of each person, few in all. Thread-safe.
class Exports {
 public:
  static constexpr std::size_t at_once = 3;

  class Turn {
   public:
    Turn(Exports& exports, UserId user) : exports_(&exports), user_(user) {}
    Turn(Turn&& o) noexcept : exports_(std::exchange(o.exports_, nullptr)), user_(o.user_) {}
    ~Turn();

   private:
    Exports* exports_;
    UserId user_;
  };
  /// Nothing: too many are under way. It outlives the turn.
  std::optional<Turn> begin(UserId user);

 private:
  std::mutex mutex_;
  std::set<UserId> under_way_;
};

/// 429: come back when an export has ended.
http::Response too_many_exports();

/// Of an export that was told to stop: half of it is not it.
Error export_stopped();

}  // namespace longtake::api
