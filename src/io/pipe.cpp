#include "io/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/file.h"

namespace longtake::io {
namespace {

/// Room for 256 pages. Who has many pipes already gets one with less room, which does as well, more slowly.
constexpr int wanted_size = 1 << 20;

template <class Call>
std::ptrdiff_t uninterrupted(Call call) {
  std::ptrdiff_t n = 0;
  do
    n = call();
  while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace

Result<Pipe> Pipe::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return os_error(errno, "open", "a pipe");
  ::fcntl(ends[1], F_SETPIPE_SZ, wanted_size);
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

std::ptrdiff_t Pipe::put(std::span<const iovec> pieces) {
  const auto n =
      uninterrupted([&] { return ::writev(write_.get(), pieces.data(), static_cast<int>(pieces.size())); });
  if (n > 0) held_ += static_cast<std::size_t>(n);
  return n;
}

std::ptrdiff_t Pipe::put_file(int file, std::uint64_t offset, std::size_t size) {
  auto at = static_cast<off_t>(offset);
  const auto n = uninterrupted(
      [&] { return ::splice(file, &at, write_.get(), nullptr, size, SPLICE_F_NONBLOCK | SPLICE_F_MOVE); });
  if (n > 0) held_ += static_cast<std::size_t>(n);
  return n;
}

std::ptrdiff_t Pipe::send(int socket, Then then) {
  const unsigned flags = SPLICE_F_NONBLOCK | SPLICE_F_MOVE | (then == Then::more ? SPLICE_F_MORE : 0);
  const auto n = uninterrupted([&] { return ::splice(read_.get(), nullptr, socket, nullptr, held_, flags); });
  if (n > 0) held_ -= static_cast<std::size_t>(n);
  return n;
}

}  // namespace longtake::io
