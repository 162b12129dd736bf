#include "base/fd.h"

#include <unistd.h>

namespace longtake {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace longtake
