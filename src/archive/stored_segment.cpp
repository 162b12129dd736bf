#include "archive/stored_segment.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "io/file.h"

namespace longtake::archive {

namespace {

/// After power loss a file may have its size and yet end in blocks of zeros that nobody wrote. The smallest
/// block a disk loses:
constexpr std::uint64_t disk_block = 512;

/// Where the zeros at the end of [0, size) begin.
Result<std::uint64_t> content_end(const Fd& file, std::uint64_t size) {
  media::Bytes block(64u << 10);
  while (size > 0) {
    const auto step = std::min<std::uint64_t>(size, block.size());
    LT_CHECK(io::read_exactly_at(file, size - step, std::span{block}.first(step)));
    for (auto i = step; i > 0; --i)
      if (block[i - 1] != std::byte{0}) return size - step + i;
    size -= step;
  }
  return size;
}

}  // namespace

std::optional<media::mp4::ScannedSegment> scan_stored(const storage::blobs::Volume& volume,
                                                      const std::string& path) {
  auto scanned = media::mp4::scan_segment(volume.full(path).native());
  if (!scanned.ok() || !scanned->header.identity) return std::nullopt;
  const auto file = volume.open_to_read(path);
  if (!file.ok()) return std::nullopt;
  const auto content = content_end(*file, scanned->good_bytes);
  if (!content.ok()) return std::nullopt;
  // A last fragment whose last block is all zeros never reached the disk whole.
  const auto lost = [&] { return *content <= (scanned->good_bytes - 1) / disk_block * disk_block; };
  while (!scanned->records.empty() && lost()) {
    const auto& last = *scanned->records.back();
    scanned->good_bytes = media::FragmentView{last.data(), last.size()}.offset();
    scanned->records.pop_back();
  }
  if (scanned->records.empty()) return std::nullopt;
  return std::move(*scanned);
}

rows::SegmentRow describe(const media::mp4::ScannedSegment& scanned, std::string path) {
  const auto& identity = *scanned.header.identity;
  const auto index = media::SegmentIndex::from_records(scanned.records);
  rows::SegmentRow row{.channel = identity.channel,
                       .run = identity.run,
                       .sequence = identity.sequence,
                       .fragments = scanned.records.size(),
                       .anchor = identity.anchor,
                       .range = {identity.anchor.to_wall(index.start(scanned.header.tracks)),
                                 identity.anchor.to_wall(index.end(scanned.header.tracks))},
                       .bytes = scanned.good_bytes,
                       .sealed = true,
                       .path = std::move(path)};
  return row;
}

Status mend(storage::blobs::Volume& volume, const media::mp4::ScannedSegment& scanned,
            rows::SegmentRow& row) {
  LT_TRY(const auto status, volume.status(row.path));
  // Opened also when nothing is torn: its bytes, and space reserved beyond them, were never synced.
  LT_TRY(const auto file, volume.open(row.path));
  if (status.size != scanned.good_bytes || status.allocated > scanned.good_bytes)
    LT_CHECK(file->truncate(scanned.good_bytes));
  LT_CHECK(file->sync());
  media::Bytes index = media::index_file_header();
  for (const auto& record : scanned.records)
    index.insert(index.end(), record->begin(), record->end());
  const auto seal =
      media::index_file_seal(static_cast<std::uint32_t>(scanned.records.size()), scanned.good_bytes);
  index.insert(index.end(), seal.begin(), seal.end());
  row.index_bytes = index.size();
  const auto path = rows::index_path(row.path);
  if (const auto opened = media::SegmentIndex::open(volume.full(path).native());
      !opened.ok() || !opened->sealed() || opened->size() != scanned.records.size())
    LT_CHECK(volume.replace(path, index));
  return volume.sync_folder_of(row.path);
}

std::optional<std::uint32_t> sequence_of(const std::string& name) {
  const auto mark = name.rfind("Z-");
  if (mark == std::string::npos || !name.ends_with(".mp4")) return std::nullopt;
  const auto* from = name.data() + mark + 2;
  std::uint32_t sequence = 0;
  const auto [end, error] = std::from_chars(from, name.data() + name.size(), sequence);
  if (error != std::errc{} || end == from || sequence == 0) return std::nullopt;
  return sequence;
}

}  // namespace longtake::archive
