#include "app/commands.h"

namespace longtake::app {

int fail(const Error& error) {
  fmt::print(stderr, "longtake: {}\n", error.story());
  return 1;
}

}  // namespace longtake::app
