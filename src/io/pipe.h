#pragma once
// A pipe as a place where what is to be sent is put together: bytes made in memory are copied in, pages of
// files are only referred to, and one call gives all of it to a socket.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace longtake::io {

/// Never waits. Used by one thread at a time. What a socket does not take goes with the pipe.
class Pipe {
 public:
  /// unavailable: too many files are open.
  static Result<Pipe> open();

  /// Bytes taken of the pieces: fewer when it is full. -1: none, see errno (EAGAIN: full).
  std::ptrdiff_t put(std::span<const iovec> pieces);
  /// The same of a file's pages; what is not in the page cache is read. 0: the file ends before `offset`.
  std::ptrdiff_t put_file(int file, std::uint64_t offset, std::size_t size);
  /// What the socket took of it. -1: nothing, see errno. `more`: what follows goes along with it.
  enum class Then { more, done };
  std::ptrdiff_t send(int socket, Then then);
  std::size_t held() const { return held_; }

 private:
  Pipe(Fd read, Fd write) : read_(std::move(read)), write_(std::move(write)) {}
  Fd read_, write_;
  std::size_t held_ = 0;
};

}  // namespace longtake::io
