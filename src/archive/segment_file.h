#pragma once
// The one narrow place that owns how bytes of footage reach the disk. Whole fragments go down in aligned
// blocks as they complete; what does not fill a block waits in the carry (under 4 KiB) for the next fragment
// or the seal. Where the volume takes no direct writes the alignment is 1 and nothing waits.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "media/slices.h"
#include "storage/blobs/volume.h"

namespace longtake::archive {

/// Aligned buffers for direct writes, one per disk thread that is at work. Thread-safe.
class StagingPool {
 public:
  static constexpr std::size_t buffer_bytes = 512u << 10;
  using Buffer = std::unique_ptr<io::AlignedBuffer>;
  Buffer take();
  void give_back(Buffer buffer);

 private:
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

/// Lane: disk, one job at a time.
class SegmentFile {
 public:
  struct Options {
    io::Path path;                     ///< of the .mp4; the .idx lies beside it
    std::uint64_t expected_bytes = 0;  ///< reserved at once; more is reserved as the file grows
  };
  /// Makes both files and puts the header first. On failure neither is left.
  static Result<std::unique_ptr<SegmentFile>> create(storage::blobs::Volume& volume, StagingPool& staging,
                                                     Options options, const media::Bytes& header);

  /// Appends a whole fragment and its index record. After an error the file is good up to written() and
  /// takes no more fragments.
  Status append(const media::Bytes& fragment, const media::Bytes& record);
  /// Bytes that can be read from the file.
  std::uint64_t written() const { return written_; }
  /// Survives power loss afterwards. Does nothing when nothing changed.
  Status sync();
  bool dirty() const { return dirty_; }

  /// Writes the carry, cuts both files to what is good, ends the index, makes all of it durable. After a
  /// failed append: the last whole fragments that are in the file. The counts say what is left.
  struct Sealed {
    std::uint64_t fragments = 0;
    std::uint64_t bytes = 0;
    std::uint64_t index_bytes = 0;
  };
  Result<Sealed> seal();
  /// Removes both files: nothing of it is worth keeping.
  Status discard();

 private:
  SegmentFile(storage::blobs::Volume& volume, StagingPool& staging, Options options);
  Status write_down(std::span<const std::byte> bytes);
  Status write_carry();
  Status reserve_for(std::uint64_t more);
  Status make(const media::Bytes& header);

  /// Where each fragment and its record end.
  struct End {
    std::uint64_t segment;
    std::uint64_t index;
  };

  storage::blobs::Volume& volume_;
  StagingPool& staging_;
  const Options options_;
  std::unique_ptr<storage::blobs::OutputFile> file_;
  std::unique_ptr<storage::blobs::OutputFile> index_;
  std::size_t alignment_ = 1;
  std::uint64_t written_ = 0;  // multiple of alignment_ until sealed
  std::uint64_t index_bytes_ = 0;
  std::uint64_t reserved_ = 0;
  media::Bytes carry_;  // bytes [written_, written_ + carry_.size())
  std::vector<End> ends_;
  bool dirty_ = false;
  bool named_ = false;  // the folder has been synced
  bool failed_ = false;
};

}  // namespace longtake::archive
