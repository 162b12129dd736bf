// Segment headers and moofs: parse_header and parse_moof on any bytes, and a whole scan of them as a file.

#include <sys/mman.h>
#include <unistd.h>

#include "media/mp4/moof.h"
#include "media/mp4/scan.h"

using namespace longtake;
using namespace longtake::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  if (const auto header = mp4::parse_header(bytes); header.ok()) {
    (void)header->tracks.rfc6381();
    if (header->identity) (void)mp4::segment_header(header->tracks, *header->identity);
    (void)mp4::parse_moof(bytes.subspan(header->size));
  }
  (void)mp4::parse_moof(bytes);
  static const int file = ::memfd_create("segment", MFD_CLOEXEC);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  (void)mp4::scan_segment("/proc/self/fd/" + std::to_string(file));
  return 0;
}
