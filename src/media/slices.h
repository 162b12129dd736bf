#pragma once
// Everything served is a list of slices: bytes made in memory, and ranges of files. Length is known before
// the first byte, and any byte range of the whole is again a list of slices, so HTTP Range works on every
// view. Slices that lie in a file are sent by reference to its pages, never copied through user memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace longtake::media {

using Bytes = std::vector<std::byte>;
/// Immutable bytes with shared lifetime: a live fragment is on its way to disk and to viewers at once.
using SharedBytes = std::shared_ptr<const Bytes>;

/// `size` bytes at `offset` of `bytes`.
struct MemorySlice {
  SharedBytes bytes;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// `size` bytes at `offset` of an open file.
struct FileSlice {
  SharedFd file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

using Slice = std::variant<MemorySlice, FileSlice>;

class SliceList {
 public:
  /// Empty pieces are dropped; a piece that continues the last one (same file or buffer) is merged with it.
  void append(Bytes bytes);
  void append(SharedBytes bytes);
  void append(MemorySlice slice);
  void append(FileSlice slice);
  void append(SliceList other);

  /// Bytes in all.
  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<Slice>& slices() const { return slices_; }

  /// The bytes [offset, offset + size) of the whole; requires that they exist.
  SliceList sub(std::uint64_t offset, std::uint64_t size) const;

  /// Copies all bytes to memory (for decoding a GOP, and for tests). Error `unavailable` when a file is
  /// shorter than its slice.
  Result<Bytes> read_all() const;

 private:
  std::vector<Slice> slices_;
  std::uint64_t size_ = 0;
};

}  // namespace longtake::media
