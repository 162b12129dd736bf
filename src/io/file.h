#pragma once
// Files as the archive needs them: whole reads and writes at an offset, syncs of files and folders, direct
// I/O. Every errno becomes an Error in `os_error`. All functions block: call them on a lane that may.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::io {

using Path = std::filesystem::path;

/// The one place where an errno becomes an Error: ENOSPC/EDQUOT -> full, EACCES/EPERM/EROFS -> forbidden,
/// ENOENT -> not_found, EEXIST -> conflict, ENAMETOOLONG/EINVAL... -> invalid, EMFILE/EIO/... -> unavailable;
/// with a mend. `doing` is a verb ("write"), `what` the path or thing.
Error os_error(int error_number, std::string_view doing, std::string_view what);

enum class Access { read, write, read_write };
enum class Create { never, if_missing, must_be_new, truncate };
struct OpenOptions {
  Access access = Access::read;
  Create create = Create::never;
  /// O_DIRECT: buffers, offsets and sizes must be multiples of DirectIo::alignment.
  bool direct = false;
  unsigned mode = 0644;
};
/// Always close-on-exec.
Result<Fd> open_file(const Path& path, OpenOptions options = {});
inline SharedFd share(Fd fd) {
  return std::make_shared<const Fd>(std::move(fd));
}

/// Reads up to `into.size()` bytes at `offset`; fewer only at the end of the file.
Result<std::size_t> read_at(const Fd& file, std::uint64_t offset, std::span<std::byte> into);
/// Reads exactly `into.size()` bytes; error `unavailable` when the file ends before.
Status read_exactly_at(const Fd& file, std::uint64_t offset, std::span<std::byte> into);
/// Writes all of `bytes`. After an error an unknown part is written.
Status write_at(const Fd& file, std::uint64_t offset, std::span<const std::byte> bytes);

Status sync_data(const Fd& file);  // fdatasync
Status sync_all(const Fd& file);   // fsync
Status truncate_file(const Fd& file, std::uint64_t size);
/// Reserves space for [offset, offset + size); the file's size stays (FALLOC_FL_KEEP_SIZE). Ok without effect
/// where the volume cannot reserve; error `full` when the space is not there.
Status allocate(const Fd& file, std::uint64_t offset, std::uint64_t size);

struct FileStatus {
  std::uint64_t size = 0;
  /// Bytes really taken on the volume.
  std::uint64_t allocated = 0;
  WallTime modified;
  std::uint64_t inode = 0;
  bool is_folder = false;
  bool is_regular = false;
};
Result<FileStatus> status_of(const Fd& file);
Result<FileStatus> status_of(const Path& path);

/// Makes the names in `folder` durable (fsync of the directory).
Status sync_folder(const Path& folder);
/// rename(2): atomic, replaces `to`. Sync the folder afterwards if it must survive power loss.
Status rename_file(const Path& from, const Path& to);
/// Ok when it was not there.
Status remove_file(const Path& path);
/// With all parents. Ok when it is there.
Status make_folders(const Path& folder);

struct Entry {
  std::string name;
  bool is_folder = false;
  bool is_regular = false;
};
/// Without "." and "..", sorted by name.
Result<std::vector<Entry>> list_folder(const Path& folder);

/// The whole file; error `full` beyond `limit` bytes.
Result<std::string> read_text(const Path& path, std::size_t limit = std::size_t{64} << 20);
/// Writes a new file beside `path`, syncs it, renames it over `path`, syncs the folder: after power loss
/// either the old or the new content is there, whole.
Status replace_file(const Path& path, std::string_view content, unsigned mode = 0644);

struct VolumeSpace {
  std::uint64_t total = 0;
  /// What an ordinary process may still write.
  std::uint64_t free = 0;
  /// Same number: same volume.
  std::uint64_t device = 0;
};
Result<VolumeSpace> volume_space(const Path& path);

/// Whether files of a folder take O_DIRECT, and the alignment of buffers, offsets and sizes it wants.
struct DirectIo {
  bool supported = false;
  std::size_t alignment = 4096;
};
/// Tries it with a file of its own in `folder`, which must be writable. The alignment is what
/// statx(STATX_DIOALIGN) says on kernels that know it, else 4096, and at least 512.
Result<DirectIo> probe_direct_io(const Path& folder);

/// A buffer whose address is a multiple of its alignment, for O_DIRECT. Not zeroed.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  AlignedBuffer(std::size_t size, std::size_t alignment);

  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::span<std::byte> span() { return {bytes_.get(), size_}; }
  std::span<const std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace longtake::io
