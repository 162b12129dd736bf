#include "media/slices.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "base/own_failure.h"

namespace longtake::media {
namespace {

std::uint64_t size_of(const Slice& slice) {
  return std::visit([](const auto& s) -> std::uint64_t { return s.size; }, slice);
}

/// Appends `next` to `last` when it continues it.
bool merge(Slice& last, const MemorySlice& next) {
  auto* memory = std::get_if<MemorySlice>(&last);
  if (memory == nullptr || memory->bytes != next.bytes || memory->offset + memory->size != next.offset)
    return false;
  memory->size += next.size;
  return true;
}

bool merge(Slice& last, const FileSlice& next) {
  auto* file = std::get_if<FileSlice>(&last);
  if (file == nullptr || file->file != next.file || file->offset + file->size != next.offset) return false;
  file->size += next.size;
  return true;
}

Status read_file(const FileSlice& slice, std::byte* into) {
  std::uint64_t done = 0;
  while (done < slice.size) {
    const auto n =
        ::pread(slice.file->get(), into + done, slice.size - done, static_cast<off_t>(slice.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return own_failure(make_error(Code::unavailable, "reading media failed: {}", std::strerror(errno)));
    if (n == 0)
      return make_error(Code::unavailable, "media file ends at byte {}, {} more were expected",
                        slice.offset + done, slice.size - done);
    done += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace

void SliceList::append(Bytes bytes) {
  if (!bytes.empty()) append(std::make_shared<const Bytes>(std::move(bytes)));
}

void SliceList::append(SharedBytes bytes) {
  if (!bytes) return;
  const auto size = bytes->size();
  append(MemorySlice{std::move(bytes), 0, size});
}

void SliceList::append(MemorySlice slice) {
  if (slice.size == 0) return;
  assert(slice.offset + slice.size <= slice.bytes->size());
  size_ += slice.size;
  if (slices_.empty() || !merge(slices_.back(), slice)) slices_.emplace_back(std::move(slice));
}

void SliceList::append(FileSlice slice) {
  if (slice.size == 0) return;
  size_ += slice.size;
  if (slices_.empty() || !merge(slices_.back(), slice)) slices_.emplace_back(std::move(slice));
}

void SliceList::append(SliceList other) {
  if (slices_.empty()) return std::swap(*this, other);
  for (auto& slice : other.slices_)
    std::visit([this](auto& s) { append(std::move(s)); }, slice);
}

SliceList SliceList::sub(std::uint64_t offset, std::uint64_t size) const {
  assert(offset <= size_ && size <= size_ - offset);
  SliceList out;
  for (const auto& slice : slices_) {
    if (size == 0) break;
    const auto have = size_of(slice);
    if (offset >= have) {
      offset -= have;
      continue;
    }
    const auto take = std::min(size, have - offset);
    std::visit(
        [&](auto part) {
          part.offset += offset;
          part.size = take;
          out.append(std::move(part));
        },
        slice);
    offset = 0;
    size -= take;
  }
  return out;
}

Result<Bytes> SliceList::read_all() const {
  Bytes out(size_);
  std::byte* at = out.data();
  for (const auto& slice : slices_) {
    if (const auto* memory = std::get_if<MemorySlice>(&slice))
      std::memcpy(at, memory->bytes->data() + memory->offset, memory->size);
    else
      LT_CHECK(read_file(std::get<FileSlice>(slice), at));
    at += size_of(slice);
  }
  return out;
}

}  // namespace longtake::media
