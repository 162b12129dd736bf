#include "ingest/thread.h"

#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>

namespace longtake::ingest {
namespace {
/// libav's demuxers, parsers and the AAC encoder, a TLS handshake and the resolver were seen to need up to
/// 90 KiB. Only touched pages cost memory.
constexpr std::size_t stack_size = 512u << 10;
}  // namespace

struct Thread::Start {
  std::string name;
  std::function<void()> body;
};

Thread::Thread(std::string name, std::function<void()> body) {
  auto start = std::make_unique<Start>(Start{name.substr(0, 15), std::move(body)});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_size);
  const auto run = [](void* argument) -> void* {
    const std::unique_ptr<Start> start{static_cast<Start*>(argument)};
    pthread_setname_np(pthread_self(), start->name.c_str());
    // Signals belong to main.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    start->body();
    return nullptr;
  };
  const int error = pthread_create(&thread_, &attributes, run, start.get());
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting a source thread");
  (void)start.release();
}

Thread::~Thread() {
  pthread_join(thread_, nullptr);
}

}  // namespace longtake::ingest
