#include "media/ffmpeg/lookups.h"

#include <dlfcn.h>
#include <netdb.h>

#include <utility>

namespace longtake::media::ffmpeg {
namespace {

thread_local LookupGuard* guard_of_this_thread = nullptr;

}  // namespace

LookupGuard::LookupGuard(const MayConnect& may_connect)
    : may_connect_(may_connect), outer_(guard_of_this_thread) {
  if (may_connect_) guard_of_this_thread = this;
}

LookupGuard::~LookupGuard() {
  guard_of_this_thread = outer_;
}

addrinfo* LookupGuard::keep_allowed(addrinfo* found) {
  std::optional<Error> refusal;
  addrinfo* kept = nullptr;
  addrinfo** end = &kept;
  while (found) {
    addrinfo* const one = std::exchange(found, found->ai_next);
    one->ai_next = nullptr;
    if (auto may = may_connect_(*one->ai_addr); may) {
      *end = one;
      end = &one->ai_next;
    } else {
      refusal = std::move(may).error();
      ::freeaddrinfo(one);  // any part of a list, as POSIX.1 says of it
    }
  }
  if (kept) refusal.reset();
  refusal_ = std::move(refusal);
  return kept;
}

}  // namespace longtake::media::ffmpeg

/// In place of the C library's, also for shared libraries: the program's own symbols come first.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  static const auto next = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const int error = next(node, service, hints, found);
  auto* const guard = longtake::media::ffmpeg::guard_of_this_thread;
  const int flags = hints ? hints->ai_flags : 0;
  const bool connects = (flags & AI_NUMERICHOST) == 0 && (node || (flags & AI_PASSIVE) == 0);
  if (error != 0 || !guard || !connects) return error;
  *found = guard->keep_allowed(*found);
  return *found ? 0 : EAI_NONAME;
}
