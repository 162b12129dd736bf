#include "media/index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/own_failure.h"
#include "media/checksum.h"
#include "media/index_record.h"
#include "media/ticks.h"

namespace longtake::media {
namespace {

using namespace record;

constexpr std::string_view file_magic = "LTINDEX1";
constexpr std::string_view seal_magic = "LTSEALED";
constexpr std::size_t header_bytes = 16;
constexpr std::size_t seal_bytes = 32;

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool header_is_good(std::span<const std::byte> bytes) {
  return bytes.size() >= header_bytes && begins_with(bytes, file_magic) &&
         load<std::uint32_t>(bytes.data(), 8) == header_bytes &&
         load<std::uint32_t>(bytes.data(), 12) == fixed;
}

Error damaged(const std::string& path, std::uint64_t at) {
  return own_failure(
      make_error(Code::invalid, "index {} is damaged at byte {}; run: longtake check --repair", path, at));
}

Error system_error(const std::string& path, int number) {
  const auto code = number == ENOENT   ? Code::not_found
                    : number == EACCES ? Code::forbidden
                                       : Code::unavailable;
  return own_failure(make_error(code, "opening index {}: {}", path, std::strerror(number)));
}

/// Fewer bytes only at the end of the file.
Result<Bytes> read_at(const Fd& fd, std::size_t from, std::size_t size, const std::string& path) {
  Bytes out(size);
  std::size_t done = 0;
  while (done < size) {
    const auto n = ::pread(fd.get(), out.data() + done, size - done, static_cast<off_t>(from + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

/// Number of fragments when the file ends with a good seal.
Result<std::optional<std::uint32_t>> read_seal(const Fd& fd, std::size_t size, const std::string& path) {
  using Count = std::optional<std::uint32_t>;
  if (size < header_bytes + seal_bytes) return Count{};
  LT_TRY(const auto seal, read_at(fd, size - seal_bytes, seal_bytes, path));
  if (seal.size() != seal_bytes || !begins_with(seal, seal_magic) ||
      load<std::uint64_t>(seal.data(), 24) != xxh64(std::span{seal}.first(24)))
    return Count{};
  return Count{load<std::uint32_t>(seal.data(), 8)};
}

}  // namespace

// --- FragmentView ------------------------------------------------------------------------------------------

std::uint64_t FragmentView::offset() const {
  return load<std::uint64_t>(data_, record::offset);
}
std::uint64_t FragmentView::size() const {
  return load<std::uint32_t>(data_, record::size);
}
std::uint32_t FragmentView::moof_size() const {
  return load<std::uint32_t>(data_, record::moof_size);
}
bool FragmentView::sync() const {
  return (load<std::uint16_t>(data_, flags) & flag_sync) != 0;
}
std::uint32_t FragmentView::keyframe_size() const {
  return load<std::uint32_t>(data_, record::keyframe_size);
}

FragmentTrack FragmentView::track(TrackKind kind) const {
  FragmentTrack t;
  const auto payload = offset() + moof_size() + mdat_header;
  const std::uint64_t video_bytes = load<std::uint32_t>(data_, v_bytes);
  if (kind == TrackKind::video) {
    t.count = load<std::uint32_t>(data_, v_count);
    t.dts = load<std::int64_t>(data_, v_dts);
    t.duration = load<std::uint32_t>(data_, v_duration);
    t.min_pts = t.dts + load<std::int32_t>(data_, v_min_pts);
    t.end_pts = t.dts + load<std::int32_t>(data_, v_end_pts);
    t.offset = payload;
    t.bytes = video_bytes;
  } else {
    t.count = load<std::uint32_t>(data_, a_count);
    t.dts = load<std::int64_t>(data_, a_dts);
    t.duration = load<std::uint32_t>(data_, a_duration);
    t.min_pts = t.dts;
    t.end_pts = t.dts + static_cast<std::int64_t>(t.duration);
    t.offset = payload + video_bytes;
    t.bytes = size() - moof_size() - mdat_header - video_bytes;
  }
  return t;
}

std::int64_t FragmentView::Column::at(std::uint32_t i) const {
  switch (width) {
    case 1:
      return base + std::int64_t{load<std::uint8_t>(deltas, i)};
    case 2:
      return base + std::int64_t{load<std::uint16_t>(deltas, std::size_t{i} * 2)};
    case 4:
      return base + std::int64_t{load<std::uint32_t>(deltas, std::size_t{i} * 4)};
    default:
      return base;
  }
}

namespace {

FragmentView::Column column(const std::byte* data, unsigned which, std::size_t base_at) {
  const auto bits = load<std::uint16_t>(data, widths);
  std::size_t at = fixed;
  for (unsigned c = 0; c < which; ++c)
    at += std::size_t{width_of(bits, c)} * load<std::uint32_t>(data, c < audio_sizes ? v_count : a_count);
  return {load<std::int32_t>(data, base_at), width_of(bits, which), data + at};
}

}  // namespace

FragmentView::Column FragmentView::sizes(TrackKind kind) const {
  return kind == TrackKind::video ? column(data_, video_sizes, v_size) : column(data_, audio_sizes, a_size);
}
FragmentView::Column FragmentView::durations(TrackKind kind) const {
  return kind == TrackKind::video ? column(data_, video_durations, v_dur)
                                  : column(data_, audio_durations, a_dur);
}
FragmentView::Column FragmentView::cts(TrackKind kind) const {
  return kind == TrackKind::video ? column(data_, video_cts, v_cts) : Column{};
}

std::uint32_t FragmentView::sample_size(TrackKind kind, std::uint32_t i) const {
  if (kind == TrackKind::video && i == 0)
    if (const auto size = keyframe_size(); size != 0) return size;
  return static_cast<std::uint32_t>(sizes(kind).at(i));
}

void FragmentView::samples(TrackKind kind, std::vector<Sample>& out) const {
  const auto t = track(kind);
  const auto size_column = sizes(kind), duration_column = durations(kind), cts_column = cts(kind);
  const auto keyframe = kind == TrackKind::video ? keyframe_size() : 0;
  out.reserve(out.size() + t.count);
  Sample s{.offset = t.offset, .dts = t.dts};
  for (std::uint32_t i = 0; i < t.count; ++i) {
    s.size = i == 0 && keyframe != 0 ? keyframe : static_cast<std::uint32_t>(size_column.at(i));
    s.duration = static_cast<std::uint32_t>(duration_column.at(i));
    s.cts = static_cast<std::int32_t>(cts_column.at(i));
    out.push_back(s);
    s.offset += s.size;
    s.dts += s.duration;
  }
}

// --- SegmentIndex ------------------------------------------------------------------------------------------

struct SegmentIndex::Backing {
  std::vector<SharedBytes> records;
  Bytes file;
  void* map = nullptr;
  std::size_t map_size = 0;

  Status map_file(const Fd& fd, std::size_t size, const std::string& path) {
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
    if (at == MAP_FAILED) return system_error(path, errno);
    map = at;
    map_size = size;
    return {};
  }

  Backing() = default;
  Backing(const Backing&) = delete;
  Backing& operator=(const Backing&) = delete;
  ~Backing() {
    if (map != nullptr) ::munmap(map, map_size);
  }
};

Result<SegmentIndex> SegmentIndex::open(const std::string& path) {
  const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return system_error(path, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < header_bytes) return damaged(path, 0);

  LT_TRY(const auto count, read_seal(fd, size, path));
  auto backing = std::make_shared<Backing>();
  SegmentIndex out;
  out.sealed_ = count.has_value();
  std::span<const std::byte> bytes;
  if (count) {
    LT_CHECK(backing->map_file(fd, size, path));
    bytes = {static_cast<const std::byte*>(backing->map), size};
  } else {
    // Somebody may still cut a torn tail off an unsealed file: work on a copy that cannot vanish.
    LT_TRY(backing->file, read_at(fd, 0, size, path));
    bytes = backing->file;
  }
  if (!header_is_good(bytes)) return damaged(path, 0);
  const auto end = bytes.size() - (count ? seal_bytes : 0);
  std::size_t at = header_bytes;
  out.offsets_.reserve(count ? std::min<std::size_t>(*count, end / fixed) : end / 256);
  while (at < end) {
    const auto length = check_record(bytes.first(end).subspan(at));
    if (!length) break;
    out.offsets_.push_back(bytes.data() + at);
    at += *length;
  }
  if (count && (at != end || out.offsets_.size() != *count)) return damaged(path, at);
  out.backing_ = std::move(backing);
  return out;
}

SegmentIndex SegmentIndex::from_records(std::vector<SharedBytes> records) {
  SegmentIndex out;
  auto backing = std::make_shared<Backing>();
  backing->records = std::move(records);
  out.offsets_.reserve(backing->records.size());
  for (const auto& r : backing->records)
    out.offsets_.push_back(r->data());
  out.backing_ = std::move(backing);
  return out;
}

FragmentView SegmentIndex::operator[](std::size_t i) const {
  return {offsets_[i], load<std::uint32_t>(offsets_[i], total)};
}

namespace {

/// The kind whose times speak for a fragment.
std::optional<TrackKind> leading_kind(const FragmentView& fragment) {
  if (fragment.track(TrackKind::video).count > 0) return TrackKind::video;
  if (fragment.track(TrackKind::audio).count > 0) return TrackKind::audio;
  return std::nullopt;
}

std::uint32_t timescale_of(const Tracks& tracks, TrackKind kind) {
  const auto& track = tracks.of(kind);
  return track && track->timescale > 0 ? track->timescale : 90000;
}

}  // namespace

MediaTime SegmentIndex::start(const Tracks& tracks) const {
  auto best = MediaTime::max();
  for (std::size_t i = 0; i < size(); ++i) {
    const auto fragment = (*this)[i];
    if (const auto kind = leading_kind(fragment))
      best = std::min(best, to_media_nearest(fragment.track(*kind).min_pts, timescale_of(tracks, *kind)));
  }
  return best == MediaTime::max() ? MediaTime{} : best;
}

MediaTime SegmentIndex::end(const Tracks& tracks) const {
  auto best = MediaTime::min();
  for (std::size_t i = 0; i < size(); ++i) {
    const auto fragment = (*this)[i];
    if (const auto kind = leading_kind(fragment))
      best = std::max(best, to_media_nearest(fragment.track(*kind).end_pts, timescale_of(tracks, *kind)));
  }
  return best == MediaTime::min() ? MediaTime{} : best;
}

std::optional<std::size_t> SegmentIndex::find_sync(const Tracks& tracks, MediaTime t) const {
  const auto kind = tracks.video ? TrackKind::video : TrackKind::audio;
  const auto ticks = to_ticks_nearest(t, timescale_of(tracks, kind));
  for (std::size_t i = size(); i-- > 0;) {
    const auto fragment = (*this)[i];
    const auto part = fragment.track(kind);
    if (part.count == 0 || (kind == TrackKind::video && fragment.keyframe_size() == 0)) continue;
    if (part.dts + fragment.cts(kind).at(0) <= ticks) return i;
  }
  return std::nullopt;
}

Bytes index_file_header() {
  Bytes out(header_bytes);
  std::memcpy(out.data(), file_magic.data(), file_magic.size());
  store<std::uint32_t>(out.data(), 8, header_bytes);
  store<std::uint32_t>(out.data(), 12, fixed);
  return out;
}

Bytes index_file_seal(std::uint32_t fragment_count, std::uint64_t segment_bytes) {
  Bytes out(seal_bytes);
  std::memcpy(out.data(), seal_magic.data(), seal_magic.size());
  store(out.data(), 8, fragment_count);
  store(out.data(), 16, segment_bytes);
  store(out.data(), 24, xxh64(std::span{out}.first(24)));
  return out;
}

}  // namespace longtake::media
