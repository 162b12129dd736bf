#include "io/curl_once.h"

#include <curl/curl.h>

#include <mutex>

#include "io/signals.h"

namespace longtake::io {

void init_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    ignore_broken_pipes();
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
  });
}

}  // namespace longtake::io
