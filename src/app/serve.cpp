#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <cstdlib>

#include "app/commands.h"
#include "app/server.h"
#include "media/ffmpeg/reader.h"

namespace longtake::app {
namespace {

/// Blocked in every thread from the start; taken one by one here.
sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, signal);
  return set;
}

/// A hundred source threads would each get a malloc arena of their own, which never shrinks.
void tame_malloc() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

}  // namespace

int serve(const CommandContext& context, const std::function<Result<Config>()>& reread) {
  tame_malloc();
  signal(SIGPIPE, SIG_IGN);
  const auto signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  media::ffmpeg::configure_libav(context.log);
  auto server = Server::start(context.config, context.clock, context.log);
  if (!server) return fail(server.error());
  fmt::print("longtake listens on {}\n", fmt::join(context.config.http.listen, ", "));
  std::fflush(stdout);
  context.log.info("serving", {{"listen", fmt::format("{}", fmt::join(context.config.http.listen, ","))},
                               {"data", context.config.data}});
  for (;;) {
    int received = 0;
    if (sigwait(&signals, &received) != 0) continue;
    if (received != SIGHUP) break;
    const auto config = reread();
    const auto status = config ? (*server)->reload(*config) : Status{config.error()};
    if (!status) context.log.error("reload refused", {{"error", status.error().story()}});
  }
  context.log.info("stopping");
  if (!(*server)->stop()) {
    context.log.error("a request does not end: leaving without it, everything recorded is sealed");
    std::_Exit(0);
  }
  context.log.info("stopped");
  return 0;
}

}  // namespace longtake::app
