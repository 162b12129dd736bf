#include <fcntl.h>
#include <unistd.h>

#include <mutex>

#include "storage/blobs/volume.h"

namespace longtake::storage::blobs {
namespace {

class LocalFile final : public OutputFile {
 public:
  LocalFile(Fd fd, std::size_t alignment, std::string name)
      : fd_(std::move(fd)), alignment_(alignment), name_(std::move(name)) {}

  Status write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    auto written = io::write_at(fd_, offset, bytes);
    if (!written.ok() && written.error().code() == Code::invalid && direct_) {
      leave_direct();
      written = io::write_at(fd_, offset, bytes);
    }
    LT_CHECK(std::move(written), "writing {}", name_);
    // Starts writing back now, so that the next sync finds little left to do.
    if (alignment_ == 1)
      ::sync_file_range(fd_.get(), static_cast<off64_t>(offset), static_cast<off64_t>(bytes.size()),
                        SYNC_FILE_RANGE_WRITE);
    return {};
  }
  Status sync() override {
    LT_CHECK(io::sync_data(fd_), "syncing {}", name_);
    return {};
  }
  Status truncate(std::uint64_t size) override {
    LT_CHECK(io::truncate_file(fd_, size), "truncating {}", name_);
    return {};
  }
  Status reserve(std::uint64_t offset, std::uint64_t size) override {
    LT_CHECK(io::allocate(fd_, offset, size), "reserving space for {}", name_);
    return {};
  }
  std::size_t alignment() const override { return alignment_; }

 private:
  // Some volumes take O_DIRECT at open and refuse it at the write. Aligned writes stay right without it.
  void leave_direct() {
    direct_ = false;
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if (flags >= 0) ::fcntl(fd_.get(), F_SETFL, flags & ~O_DIRECT);
  }

  Fd fd_;
  std::size_t alignment_;
  bool direct_ = alignment_ > 1;
  std::string name_;
};

class LocalVolume final : public Volume {
 public:
  LocalVolume(io::Path root, io::DirectIo direct) : root_(std::move(root)), direct_(direct) {}

  const io::Path& root() const override { return root_; }

  Result<std::unique_ptr<OutputFile>> create(const io::Path& path, WriteMode mode) override {
    const std::lock_guard lock{folders_};
    LT_CHECK(make_folders(path.parent_path()));
    const auto name = full(path);
    io::OpenOptions open{.access = io::Access::write, .create = io::Create::must_be_new};
    if (mode == WriteMode::direct && direct_.supported) {
      open.direct = true;
      auto file = io::open_file(name, open);
      if (file.ok()) return wrap(std::move(*file), direct_.alignment, name);
      if (file.error().code() != Code::invalid) return std::move(file).error();
      // An O_DIRECT open that is refused may already have made the file.
      LT_CHECK(io::remove_file(name));
      open.direct = false;
    }
    LT_TRY(auto file, io::open_file(name, open));
    return wrap(std::move(file), 1, name);
  }

  Result<std::unique_ptr<OutputFile>> open(const io::Path& path) override {
    LT_TRY(auto file, io::open_file(full(path), {.access = io::Access::read_write}));
    return wrap(std::move(file), 1, full(path));
  }

  Result<Fd> open_to_read(const io::Path& path) const override { return io::open_file(full(path)); }

  Status replace(const io::Path& path, std::span<const std::byte> content) override {
    return io::replace_file(full(path), {reinterpret_cast<const char*>(content.data()), content.size()});
  }

  Status sync_folder_of(const io::Path& path) override { return io::sync_folder(full(path).parent_path()); }

  Status move(const io::Path& from, const io::Path& to) override {
    const std::lock_guard lock{folders_};
    LT_CHECK(make_folders(to.parent_path()));
    if (::link(full(from).c_str(), full(to).c_str()) != 0)
      return io::os_error(errno, "move", full(to).native());
    LT_CHECK(io::remove_file(full(from)));
    LT_CHECK(sync_folder_of(to));
    return sync_folder_of(from);
  }

  Status remove(const io::Path& path) override {
    LT_CHECK(io::remove_file(full(path)));
    const std::lock_guard lock{folders_};
    for (auto folder = path.parent_path(); !folder.empty(); folder = folder.parent_path())
      if (::rmdir(full(folder).c_str()) != 0) break;
    return {};
  }

  Result<std::vector<io::Entry>> list(const io::Path& folder) const override {
    return io::list_folder(full(folder));
  }
  Result<io::FileStatus> status(const io::Path& path) const override { return io::status_of(full(path)); }
  Result<io::VolumeSpace> space() const override { return io::volume_space(root_); }

 private:
  static std::unique_ptr<OutputFile> wrap(Fd fd, std::size_t alignment, const io::Path& name) {
    return std::make_unique<LocalFile>(std::move(fd), alignment, name.native());
  }

  /// A file's bytes are worth nothing when its folder's name is lost: sync every parent of a new folder.
  Status make_folders(const io::Path& folder) {
    if (folder.empty() || io::status_of(full(folder)).ok()) return {};
    LT_CHECK(make_folders(folder.parent_path()));
    LT_CHECK(io::make_folders(full(folder)));
    return io::sync_folder(full(folder).parent_path());
  }

  const io::Path root_;
  const io::DirectIo direct_;
  /// Held from making a file's folders until the file is in them: nobody takes an empty one away meanwhile,
  /// and nobody builds upon a folder whose name is not durable yet.
  std::mutex folders_;
};

}  // namespace

Result<std::unique_ptr<Volume>> open_local_volume(const LocalOptions& options) {
  if (options.folder.empty()) return make_error(Code::invalid, "the archive needs a folder");
  const io::Path root{options.folder};
  if (const auto found = io::status_of(root); found.ok() && !found->is_folder)
    return make_error(Code::invalid, "{} is not a directory: choose another archive folder", options.folder);
  LT_CHECK(io::make_folders(root), "opening archive folder {}", options.folder);
  // Also tells whether the folder is writable.
  LT_TRY(auto direct, io::probe_direct_io(root), "opening archive folder {}", options.folder);
  if (!options.direct_io) direct.supported = false;
  return std::unique_ptr<Volume>{std::make_unique<LocalVolume>(root, direct)};
}

}  // namespace longtake::storage::blobs
