#include "io/outbox.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "io/lane.h"

namespace longtake::io {

struct Outbox::Impl {
  Impl(Options o, const Clock& c, Log& l)
      : options(std::move(o)),
        clock(c),
        log(l),
        lane(Lane::Options{.name = "mail", .queue_limit = options.queue_limit}) {}

  void deliver(const Mail& mail);
  /// False when stopping.
  bool pause(std::chrono::milliseconds time);

  const Options options;
  const Clock& clock;
  Log& log;
  std::stop_source stopping;
  std::mutex mutex;
  std::condition_variable_any woken;
  Lane lane;
};

bool Outbox::Impl::pause(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex};
  woken.wait_for(lock, stopping.get_token(), time, [] { return false; });
  return !stopping.stop_requested();
}

void Outbox::Impl::deliver(const Mail& mail) {
  for (const auto next : {options.first_pause, options.second_pause, std::chrono::milliseconds{0}}) {
    const auto sent = send_mail(options.mail, mail, clock.now(), stopping.get_token());
    if (sent.ok()) return log.info("mail sent");
    if (stopping.stop_requested()) return;
    if (sent.error().code() != Code::unavailable || next.count() == 0)
      return log.error("mail not sent", {{"error", sent.error().story()}});
    log.warn("mail is tried again", {{"error", sent.error().story()}});
    if (!pause(next)) return;
  }
}

Outbox::Outbox(Options options, const Clock& clock, Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), clock, log)) {}
Outbox::~Outbox() {
  stop();
}

bool Outbox::post(Mail mail) {
  return post([mail = std::move(mail)] { return std::optional{mail}; });
}

bool Outbox::post(std::function<std::optional<Mail>()> write) {
  return impl_->lane.try_post([impl = impl_.get(), write = std::move(write)] {
    if (const auto mail = write()) impl->deliver(*mail);
  });
}

void Outbox::stop() {
  impl_->stopping.request_stop();
  impl_->lane.stop(Lane::Stop::drop);
}

}  // namespace longtake::io
