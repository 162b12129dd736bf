#pragma once

#include <string>

namespace longtake::io {
class Outbox;
}

namespace longtake::api {

/// How this site is reached from outside, and how it reaches people.
struct Site {
  std::string url;               ///< "https://tv.example", without a slash at the end; may be empty
  io::Outbox* outbox = nullptr;  ///< null: this site sends no e-mail
  std::string data;              ///< folder with room for what is written on its way out
};

}  // namespace longtake::api
