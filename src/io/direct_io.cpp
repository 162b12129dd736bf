// The part of file.h that asks whether a volume takes O_DIRECT, and aligned memory for it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "io/file.h"

namespace longtake::io {
namespace {

// What the kernel says about direct I/O on an open file (Linux 6.1 and later); 0 when it does not say or does
// not take it.
std::size_t alignment_by_statx([[maybe_unused]] const Fd& file) {
#ifdef STATX_DIOALIGN
  struct statx s {};
  if (::statx(file.get(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &s) == 0 && (s.stx_mask & STATX_DIOALIGN))
    return std::max<std::size_t>(s.stx_dio_mem_align, s.stx_dio_offset_align);
#endif
  return 0;
}

}  // namespace

Result<DirectIo> probe_direct_io(const Path& folder) {
  std::string name = (folder / ".direct-probe-XXXXXX").native();
  const Fd plain{::mkostemp(name.data(), O_CLOEXEC)};
  if (!plain) return os_error(errno, "write in folder", folder.native());
  const Fd file{::open(name.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC)};
  const int open_error = errno;
  ::unlink(name.c_str());
  if (!file) {
    if (open_error == EINVAL || open_error == EOPNOTSUPP) return DirectIo{.supported = false};
    return os_error(open_error, "open for direct writes in", folder.native());
  }
  DirectIo direct{.supported = true};
  if (const std::size_t said = alignment_by_statx(file); said > 0 && std::has_single_bit(said))
    direct.alignment = std::max<std::size_t>(said, 512);
  // Believe only a write and a read that worked.
  AlignedBuffer buffer{direct.alignment, direct.alignment};
  std::fill(buffer.span().begin(), buffer.span().end(), std::byte{0x5a});
  const auto size = static_cast<ssize_t>(buffer.size());
  if (::pwrite(file.get(), buffer.data(), buffer.size(), 0) != size) {
    if (errno == ENOSPC || errno == EDQUOT) return os_error(errno, "write in folder", folder.native());
    return DirectIo{.supported = false};
  }
  if (::pread(file.get(), buffer.data(), buffer.size(), 0) != size) return DirectIo{.supported = false};
  return direct;
}

AlignedBuffer::AlignedBuffer(std::size_t size, std::size_t alignment) : size_(size) {
  void* memory = nullptr;
  if (::posix_memalign(&memory, std::max(alignment, sizeof(void*)), std::max<std::size_t>(size, 1)) != 0)
    throw std::bad_alloc{};
  bytes_.reset(static_cast<std::byte*>(memory));
}

void AlignedBuffer::Free::operator()(std::byte* p) const {
  std::free(p);
}

}  // namespace longtake::io
