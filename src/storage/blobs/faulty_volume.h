#pragma once
// For tests and the simulation: a volume that asks before every change, can die in the middle of it, and
// knows what power loss would take. Wraps a real one.

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/blobs/volume.h"

namespace longtake::storage::blobs {

struct Change {
  std::string_view verb;  ///< create, write, sync, truncate, reserve, replace, sync_folder, move, remove
  std::string path;       ///< relative
};
enum class Verdict {
  pass,
  fail,  ///< nothing of it happens
  tear   ///< a write: its first half happens; anything else: fail
};

class FaultyVolume final : public Volume {
 public:
  /// Asked before each change, from any thread.
  using Judge = std::function<Verdict(const Change&)>;

  FaultyVolume(std::unique_ptr<Volume> real, Judge judge, Code code = Code::unavailable)
      : real_(std::move(real)), state_(std::make_shared<State>()) {
    state_->judge = std::move(judge);
    state_->code = code;
  }

  /// What the disk says from now on; nothing: the truth.
  void say_space(std::optional<io::VolumeSpace> space) {
    const std::lock_guard lock{state_->mutex};
    state_->space = space;
  }

  enum class Loss {
    truncated,  ///< files end at their last sync, names that were not synced are gone
    zeros       ///< sizes stay, bytes after the last sync are zeros
  };
  /// Changes the real files to what power loss at this moment would have left. No writer may be left.
  void lose_power(Loss loss) const {
    const std::lock_guard lock{state_->mutex};
    for (const auto& [path, file] : state_->files) {
      const auto name = real_->full(path);
      std::error_code error;
      const auto size = std::filesystem::file_size(name, error);
      if (error) continue;
      if (loss == Loss::truncated && !file.named) {
        std::filesystem::remove(name, error);
      } else if (size > file.synced) {
        std::filesystem::resize_file(name, file.synced, error);
        if (loss == Loss::zeros) std::filesystem::resize_file(name, size, error);
      }
    }
  }

  const io::Path& root() const override { return real_->root(); }
  Result<std::unique_ptr<OutputFile>> create(const io::Path& path, WriteMode mode) override {
    LT_CHECK(ask("create", path));
    LT_TRY(auto file, real_->create(path, mode));
    const std::lock_guard lock{state_->mutex};
    state_->files[path.native()] = {};
    return std::unique_ptr<OutputFile>{std::make_unique<File>(state_, path.native(), std::move(file))};
  }
  Result<std::unique_ptr<OutputFile>> open(const io::Path& path) override {
    LT_TRY(auto file, real_->open(path));
    return std::unique_ptr<OutputFile>{std::make_unique<File>(state_, path.native(), std::move(file))};
  }
  Result<Fd> open_to_read(const io::Path& path) const override { return real_->open_to_read(path); }
  Status replace(const io::Path& path, std::span<const std::byte> content) override {
    LT_CHECK(ask("replace", path));
    LT_CHECK(real_->replace(path, content));
    const std::lock_guard lock{state_->mutex};
    state_->files[path.native()] = {.synced = content.size(), .named = true};
    return {};
  }
  Status sync_folder_of(const io::Path& path) override {
    LT_CHECK(ask("sync_folder", path));
    LT_CHECK(real_->sync_folder_of(path));
    const std::lock_guard lock{state_->mutex};
    for (auto& [name, file] : state_->files)
      if (io::Path{name}.parent_path() == path.parent_path()) file.named = true;
    return {};
  }
  Status move(const io::Path& from, const io::Path& to) override {
    LT_CHECK(ask("move", from));
    return real_->move(from, to);
  }
  Status remove(const io::Path& path) override {
    LT_CHECK(ask("remove", path));
    LT_CHECK(real_->remove(path));
    const std::lock_guard lock{state_->mutex};
    state_->files.erase(path.native());
    return {};
  }
  Result<std::vector<io::Entry>> list(const io::Path& folder) const override { return real_->list(folder); }
  Result<io::FileStatus> status(const io::Path& path) const override { return real_->status(path); }
  Result<io::VolumeSpace> space() const override {
    {
      const std::lock_guard lock{state_->mutex};
      if (state_->space) return *state_->space;
    }
    return real_->space();
  }

 private:
  struct Durable {
    std::uint64_t synced = 0;  ///< bytes that power loss leaves
    std::uint64_t size = 0;
    bool named = false;  ///< its name too
  };
  struct State {
    std::mutex mutex;
    Judge judge;
    Code code = Code::unavailable;
    std::optional<io::VolumeSpace> space;
    std::map<std::string, Durable> files;

    Error refusal(std::string_view verb, const std::string& path) const {
      return make_error(code, "{} {}: the disk fails on purpose", verb, path);
    }
  };

  class File final : public OutputFile {
   public:
    File(std::shared_ptr<State> state, std::string path, std::unique_ptr<OutputFile> real)
        : state_(std::move(state)), path_(std::move(path)), real_(std::move(real)) {}
    Status write(std::uint64_t offset, std::span<const std::byte> bytes) override {
      const auto verdict = state_->judge({"write", path_});
      if (verdict == Verdict::fail) return state_->refusal("write", path_);
      if (verdict == Verdict::tear) {
        const auto half = bytes.size() / 2 / real_->alignment() * real_->alignment();
        if (half > 0) LT_CHECK(real_->write(offset, bytes.first(half)));
        return state_->refusal("write", path_);
      }
      LT_CHECK(real_->write(offset, bytes));
      const std::lock_guard lock{state_->mutex};
      auto& file = state_->files[path_];
      file.size = std::max(file.size, offset + bytes.size());
      return {};
    }
    Status sync() override {
      if (state_->judge({"sync", path_}) != Verdict::pass) return state_->refusal("sync", path_);
      LT_CHECK(real_->sync());
      const std::lock_guard lock{state_->mutex};
      auto& file = state_->files[path_];
      file.synced = file.size;
      return {};
    }
    Status truncate(std::uint64_t size) override {
      if (state_->judge({"truncate", path_}) != Verdict::pass) return state_->refusal("truncate", path_);
      LT_CHECK(real_->truncate(size));
      const std::lock_guard lock{state_->mutex};
      auto& file = state_->files[path_];
      file.size = size;
      file.synced = std::min(file.synced, size);
      return {};
    }
    Status reserve(std::uint64_t offset, std::uint64_t size) override {
      if (state_->judge({"reserve", path_}) != Verdict::pass) return state_->refusal("reserve", path_);
      return real_->reserve(offset, size);
    }
    std::size_t alignment() const override { return real_->alignment(); }

   private:
    const std::shared_ptr<State> state_;
    const std::string path_;
    const std::unique_ptr<OutputFile> real_;
  };

  Status ask(std::string_view verb, const io::Path& path) const {
    if (state_->judge({verb, path.native()}) != Verdict::pass) return state_->refusal(verb, path.native());
    return {};
  }

  const std::unique_ptr<Volume> real_;
  const std::shared_ptr<State> state_;
};

}  // namespace longtake::storage::blobs
