#include "archive/segment_file.h"

#include <algorithm>
#include <cstring>

#include "archive/rows.h"
#include "media/index.h"

namespace longtake::archive {
namespace {

constexpr std::uint64_t reserve_step = 32u << 20;

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

StagingPool::Buffer StagingPool::take() {
  const std::lock_guard lock{mutex_};
  if (free_.empty()) return std::make_unique<io::AlignedBuffer>(buffer_bytes, 4096);
  auto buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void StagingPool::give_back(Buffer buffer) {
  const std::lock_guard lock{mutex_};
  free_.push_back(std::move(buffer));
}

SegmentFile::SegmentFile(storage::blobs::Volume& volume, StagingPool& staging, Options options)
    : volume_(volume), staging_(staging), options_(std::move(options)) {}

Result<std::unique_ptr<SegmentFile>> SegmentFile::create(storage::blobs::Volume& volume, StagingPool& staging,
                                                         Options options, const media::Bytes& header) {
  std::unique_ptr<SegmentFile> file{new SegmentFile{volume, staging, std::move(options)}};
  if (auto made = file->make(header); !made.ok()) {
    // Only what this call has made: a file that was there before is somebody else's.
    if (made.error().code() != Code::conflict) static_cast<void>(file->discard());
    return std::move(made).error();
  }
  return file;
}

Status SegmentFile::make(const media::Bytes& header) {
  using storage::blobs::WriteMode;
  LT_TRY(file_, volume_.create(options_.path, WriteMode::direct));
  alignment_ = file_->alignment();
  if (options_.expected_bytes > 0) {
    // Not having room for all of it is no failure yet: retention may make room before it is needed.
    const auto size = round_up(options_.expected_bytes, 1u << 20);
    if (file_->reserve(0, size).ok()) reserved_ = size;
  }
  LT_TRY(index_, volume_.create(rows::index_path(options_.path.native()), WriteMode::buffered));
  const auto index_header = media::index_file_header();
  LT_CHECK(index_->write(0, index_header));
  index_bytes_ = index_header.size();
  ends_.push_back({header.size(), index_bytes_});
  return write_down(header);
}

Status SegmentFile::append(const media::Bytes& fragment, const media::Bytes& record) {
  if (failed_) return make_error(Code::unavailable, "segment {} failed before", options_.path.native());
  failed_ = true;  // until all of it is done
  LT_CHECK(reserve_for(fragment.size()));
  ends_.push_back({ends_.back().segment + fragment.size(), ends_.back().index});
  LT_CHECK(write_down(fragment));
  LT_CHECK(index_->write(index_bytes_, record));
  index_bytes_ += record.size();
  ends_.back().index = index_bytes_;
  failed_ = false;
  return {};
}

Status SegmentFile::reserve_for(std::uint64_t more) {
  const auto need = written_ + carry_.size() + more;
  if (need <= reserved_) return {};
  const auto size = std::max<std::uint64_t>(round_up(need - reserved_, alignment_), reserve_step);
  // A volume that is nearly full may still take the fragment itself: let the write decide.
  if (file_->reserve(reserved_, size).ok()) reserved_ += size;
  return {};
}

Status SegmentFile::write_down(std::span<const std::byte> bytes) {
  dirty_ = true;
  if (alignment_ == 1) {
    LT_CHECK(file_->write(written_, bytes));
    written_ += bytes.size();
    return {};
  }
  auto buffer = staging_.take();
  const auto staged = buffer->span();
  const auto write = [&]() -> Status {
    while (carry_.size() + bytes.size() >= alignment_) {
      const auto head = carry_.size();
      const auto taken = std::min(bytes.size(), staged.size() - head);
      std::copy(carry_.begin(), carry_.end(), staged.begin());
      std::copy_n(bytes.begin(), taken, staged.begin() + static_cast<std::ptrdiff_t>(head));
      const auto whole = (head + taken) / alignment_ * alignment_;
      LT_CHECK(file_->write(written_, staged.first(whole)));
      written_ += whole;
      bytes = bytes.subspan(whole - head);
      carry_.clear();
    }
    carry_.insert(carry_.end(), bytes.begin(), bytes.end());
    return {};
  };
  auto status = write();
  staging_.give_back(std::move(buffer));
  return status;
}

Status SegmentFile::write_carry() {
  if (carry_.empty()) return {};
  auto buffer = staging_.take();
  const auto block = buffer->span().first(alignment_);
  std::copy(carry_.begin(), carry_.end(), block.begin());
  std::memset(block.data() + carry_.size(), 0, block.size() - carry_.size());
  auto status = file_->write(written_, block);
  staging_.give_back(std::move(buffer));
  if (!status.ok()) return status;
  written_ += carry_.size();
  carry_.clear();
  return {};
}

Status SegmentFile::sync() {
  if (!dirty_) return {};
  LT_CHECK(file_->sync());
  if (!named_) {
    LT_CHECK(volume_.sync_folder_of(options_.path));
    named_ = true;
  }
  dirty_ = false;
  return {};
}

Result<SegmentFile::Sealed> SegmentFile::seal() {
  // A carry that cannot be written (no room) costs the last fragment, not the segment.
  if (!write_carry().ok()) failed_ = true;
  if (failed_) {
    const auto whole = [&](const End& end) { return end.segment <= written_ && end.index <= index_bytes_; };
    while (ends_.size() > 1 && !whole(ends_.back()))
      ends_.pop_back();
    // The record of the fragment that failed may be half written; records before it are whole.
    if (ends_.size() > 1 && ends_.back().index == ends_[ends_.size() - 2].index) ends_.pop_back();
  }
  const Sealed sealed{.fragments = ends_.size() - 1,
                      .bytes = ends_.back().segment,
                      .index_bytes = ends_.back().index + media::index_file_seal(0, 0).size()};
  LT_CHECK(file_->truncate(sealed.bytes));
  LT_CHECK(file_->sync());
  LT_CHECK(index_->truncate(ends_.back().index));
  LT_CHECK(index_->write(ends_.back().index,
                         media::index_file_seal(static_cast<std::uint32_t>(sealed.fragments), sealed.bytes)));
  LT_CHECK(index_->sync());
  LT_CHECK(volume_.sync_folder_of(options_.path));
  written_ = sealed.bytes;
  dirty_ = false;
  return sealed;
}

Status SegmentFile::discard() {
  auto segment = volume_.remove(options_.path);
  LT_CHECK(volume_.remove(rows::index_path(options_.path.native())));
  return segment;
}

}  // namespace longtake::archive
