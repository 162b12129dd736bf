#pragma once
// An open file descriptor with an owner. Shared (const) by slices while a response is being sent: a file may
// be unlinked meanwhile, its bytes stay readable until the last slice is gone.

#include <memory>
#include <utility>

namespace longtake {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

using SharedFd = std::shared_ptr<const Fd>;

}  // namespace longtake
