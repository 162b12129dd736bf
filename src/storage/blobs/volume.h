#pragma once
// Where the bytes of footage rest: a folder of one volume. The archive reaches the disk only through here,
// so that a simulation can pull the plug between any two calls. All calls block: disk lane, start-up and
// tools only. Paths are relative to the root.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "io/file.h"

namespace longtake::storage::blobs {

/// A file with one writer. One thread at a time.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  /// Direct: `bytes`' address, size and `offset` are multiples of alignment().
  virtual Status write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// What was written survives power loss (fdatasync).
  virtual Status sync() = 0;
  /// Also gives back space reserved beyond `size`.
  virtual Status truncate(std::uint64_t size) = 0;
  /// Reserves space without changing the size; error full when it is not there.
  virtual Status reserve(std::uint64_t offset, std::uint64_t size) = 0;
  /// 1 where writes go through the page cache.
  virtual std::size_t alignment() const = 0;
};

enum class WriteMode {
  direct,   ///< past the page cache where the volume allows it, else buffered
  buffered  ///< through the page cache
};

/// Thread-safe: no folder goes while another thread puts a file into it.
class Volume {
 public:
  virtual ~Volume() = default;
  virtual const io::Path& root() const = 0;
  io::Path full(const io::Path& path) const { return root() / path; }

  /// Makes a new file (conflict when it is there) and its folders, whose names are made durable.
  virtual Result<std::unique_ptr<OutputFile>> create(const io::Path& path, WriteMode mode) = 0;
  /// An existing file, for repair.
  virtual Result<std::unique_ptr<OutputFile>> open(const io::Path& path) = 0;
  virtual Result<Fd> open_to_read(const io::Path& path) const = 0;
  /// Whole new content, atomically and durably.
  virtual Status replace(const io::Path& path, std::span<const std::byte> content) = 0;
  /// Makes the names in the folder of `path` durable.
  virtual Status sync_folder_of(const io::Path& path) = 0;
  /// Makes the folders of `to`. Never over an existing file.
  virtual Status move(const io::Path& from, const io::Path& to) = 0;
  /// Ok when it was not there. Folders that became empty go too.
  virtual Status remove(const io::Path& path) = 0;
  virtual Result<std::vector<io::Entry>> list(const io::Path& folder) const = 0;
  virtual Result<io::FileStatus> status(const io::Path& path) const = 0;
  virtual Result<io::VolumeSpace> space() const = 0;
};

struct LocalOptions {
  std::string folder;
  bool direct_io = true;
};
/// Makes the folder. Errors name it and the mend: not a directory, not writable.
Result<std::unique_ptr<Volume>> open_local_volume(const LocalOptions& options);

}  // namespace longtake::storage::blobs
