#include "desk/blobs.h"

#include <algorithm>
#include <thread>

namespace longtake::desk {
namespace {

using std::chrono::steady_clock;
using storage::blobs::Volume;
using storage::blobs::WriteMode;

constexpr std::uint64_t piece_size = 1 << 20;
/// A stop is noticed this soon, however slow the copy is told to be.
constexpr Micros longest_nap = std::chrono::milliseconds{100};

Result<Copied> write_pieces(storage::blobs::OutputFile& file, const media::SliceList& body,
                            const CopyOptions& options) {
  const auto begun = steady_clock::now();
  for (std::uint64_t at = 0; at < body.size();) {
    if (options.stopped && options.stopped()) return Copied::stopped;
    const auto since = std::chrono::duration_cast<Micros>(steady_clock::now() - begun);
    if (const auto pause = pause_of_copy(at, options.bytes_per_second, since); pause > Micros{0}) {
      std::this_thread::sleep_for(std::min(pause, longest_nap));
      continue;
    }
    const auto size = std::min(options.bytes_per_second > 0
                                   ? std::clamp(options.bytes_per_second / 10, std::uint64_t{1}, piece_size)
                                   : piece_size,
                               body.size() - at);
    LT_TRY(const auto bytes, body.sub(at, size).read_all());
    LT_CHECK(file.write(at, bytes));
    at += size;
    if (options.progress) options.progress(at);
  }
  LT_CHECK(file.sync());
  return Copied::whole;
}

Result<Copied> write_blob(Volume& volume, const std::string& path, const media::SliceList& body,
                          const CopyOptions& options) {
  LT_TRY(const auto file, volume.create(path, WriteMode::buffered));
  LT_CHECK(file->reserve(0, body.size()));
  LT_TRY(const auto copied, write_pieces(*file, body, options));
  if (copied == Copied::whole) LT_CHECK(volume.sync_folder_of(path));
  return copied;
}

}  // namespace

std::string blob_path(const BlobName& blob) {
  const auto day = std::chrono::floor<std::chrono::days>(blob.created);
  const std::chrono::year_month_day date{day};
  return fmt::format("{}/{}/{:04}/{:02}/{}", blob.organization, blob.kind, static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), blob.name);
}

Micros pause_of_copy(std::uint64_t done, std::uint64_t bytes_per_second, Micros since_begin) {
  if (bytes_per_second == 0) return Micros{0};
  const Micros due{
      static_cast<std::int64_t>(static_cast<double>(done) * 1e6 / static_cast<double>(bytes_per_second))};
  return std::max(Micros{0}, due - since_begin);
}

Result<Copied> copy_blob(Volume& volume, const std::string& path, const media::SliceList& body,
                         const CopyOptions& options) {
  LT_CHECK(volume.remove(path), "clearing {}", path);
  auto copied = write_blob(volume, path, body, options);
  // An orphan harms nothing: `longtake check` finds it.
  if (!copied || *copied == Copied::stopped) static_cast<void>(volume.remove(path));
  return copied;
}

Result<media::SliceList> open_blob(const Volume& volume, const std::string& path) {
  LT_TRY(auto file, volume.open_to_read(path), "opening {}", path);
  LT_TRY(const auto status, io::status_of(file));
  media::SliceList out;
  out.append(media::FileSlice{.file = io::share(std::move(file)), .offset = 0, .size = status.size});
  return out;
}

}  // namespace longtake::desk
