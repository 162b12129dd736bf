#include "archive/segment_view.h"

#include <algorithm>
#include <cassert>

namespace longtake::archive {

media::SliceList SegmentView::slices(std::uint64_t offset, std::uint64_t size) const {
  assert(offset + size <= summary.bytes);
  media::SliceList out;
  const auto end = offset + size;
  // Memory first: the newest bytes were written past the page cache, the file would have to be read.
  auto piece = std::lower_bound(tail.begin(), tail.end(), offset, [](const Tail& t, std::uint64_t at) {
    return t.offset + t.fragment->bytes->size() <= at;
  });
  while (offset < end) {
    if (piece != tail.end() && piece->offset <= offset) {
      const auto from = offset - piece->offset;
      const auto count = std::min(end - offset, piece->fragment->bytes->size() - from);
      out.append(media::MemorySlice{piece->fragment->bytes, from, count});
      offset += count;
      ++piece;
      continue;
    }
    const auto stop = piece != tail.end() ? std::min(end, piece->offset) : end;
    if (offset < header_size && header && offset >= file_bytes) {
      const auto count = std::min(stop, header_size) - offset;
      out.append(media::MemorySlice{header, offset, count});
      offset += count;
      continue;
    }
    assert(file && stop <= file_bytes);
    out.append(media::FileSlice{file, offset, stop - offset});
    offset = stop;
  }
  return out;
}

}  // namespace longtake::archive
