#include "media/mp4/scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "media/index_record.h"
#include "media/mp4/box.h"
#include "media/mp4/moof.h"

namespace longtake::media::mp4 {
namespace {

constexpr std::size_t max_header_bytes = 1U << 20;
constexpr std::size_t max_moof_bytes = 64U << 20;
/// One read brings the moof of an ordinary fragment whole.
constexpr std::size_t first_read = 8192;

class SegmentFile {
 public:
  static Result<SegmentFile> open(const std::string& path) {
    SegmentFile out;
    out.path_ = path;
    out.fd_ = Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status {};
    if (!out.fd_ || ::fstat(out.fd_.get(), &status) != 0)
      return make_error(errno == ENOENT ? Code::not_found : Code::unavailable, "opening segment {}: {}", path,
                        std::strerror(errno));
    out.size_ = static_cast<std::uint64_t>(status.st_size);
    return out;
  }

  std::uint64_t size() const { return size_; }

  /// Up to `size` bytes at `offset`; fewer at the end of the file.
  Result<std::span<const std::byte>> read(std::uint64_t offset, std::size_t size) {
    if (buffer_.size() < size) buffer_.resize(size);
    std::size_t done = 0;
    while (done < size) {
      const auto n =
          ::pread(fd_.get(), buffer_.data() + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return make_error(Code::unavailable, "reading segment {}: {}", path_, std::strerror(errno));
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return std::span<const std::byte>{buffer_}.first(done);
  }

 private:
  std::string path_;
  Fd fd_;
  std::uint64_t size_ = 0;
  Bytes buffer_;
};

Result<ParsedHeader> read_header(SegmentFile& file) {
  std::size_t want = std::min<std::uint64_t>(file.size(), 4096);
  for (;;) {
    LT_TRY(const auto bytes, file.read(0, want));
    auto header = parse_header(bytes);
    const bool whole = header.ok() && (header->identity || header->size + 8 <= bytes.size());
    if (whole || want >= max_header_bytes || want >= file.size()) return header;
    want = std::min<std::uint64_t>(file.size(), want * 8);
  }
}

/// The record of the fragment at `offset`; nothing where no whole fragment of ours stands.
Result<std::optional<Bytes>> read_fragment(SegmentFile& file, std::uint64_t offset) {
  using Found = std::optional<Bytes>;
  LT_TRY(auto bytes, file.read(offset, first_read));
  if (bytes.size() < 16 || load_be32(bytes.data() + 4) != fourcc("moof")) return Found{};
  const std::size_t moof_size = load_be32(bytes.data());
  if (moof_size < 16 || moof_size > max_moof_bytes || moof_size + 8 > file.size() - offset) return Found{};
  if (moof_size + 8 > bytes.size()) {
    LT_TRY(bytes, file.read(offset, moof_size + 8));
  }
  if (moof_size + 8 > bytes.size()) return Found{};
  const auto moof = parse_moof(bytes.first(moof_size));
  const auto mdat = bytes.subspan(moof_size, 8);
  if (!moof || load_be32(mdat.data() + 4) != fourcc("mdat") ||
      load_be32(mdat.data()) != moof->payload_size + record::mdat_header)
    return Found{};
  const auto size = moof_size + record::mdat_header + moof->payload_size;
  if (size > file.size() - offset) return Found{};
  return Found{encode_record({.offset = offset,
                              .size = static_cast<std::uint32_t>(size),
                              .moof_size = static_cast<std::uint32_t>(moof_size),
                              .video_dts = moof->video_dts,
                              .audio_dts = moof->audio_dts,
                              .video = moof->video,
                              .audio = moof->audio})};
}

}  // namespace

Result<ScannedSegment> scan_segment(const std::string& path) {
  LT_TRY(auto file, SegmentFile::open(path));
  ScannedSegment out;
  LT_TRY(out.header, read_header(file), "scanning segment {}", path);
  out.good_bytes = out.header.size;
  for (;;) {
    LT_TRY(auto record, read_fragment(file, out.good_bytes));
    if (!record) return out;
    out.good_bytes += FragmentView{record->data(), record->size()}.size();
    out.records.push_back(std::make_shared<const Bytes>(std::move(*record)));
  }
}

}  // namespace longtake::media::mp4
