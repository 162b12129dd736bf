#pragma once
// E-mails on their way: sent one after the other on a thread of their own, tried again when the server is
// away.

#include <functional>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/time.h"
#include "io/mail.h"

namespace longtake::io {

/// Thread-safe. At most `queue_limit` wait; beyond, new ones are refused. What waits when it is stopped is
/// lost: whoever asked for it asks again.
class Outbox {
 public:
  struct Options {
    MailOptions mail;
    /// Before the second and the third try; after that it is given up and logged.
    std::chrono::milliseconds first_pause{2'000}, second_pause{15'000};
    std::size_t queue_limit = 1'000;
  };
  Outbox(Options options, const Clock& clock, Log& log);
  ~Outbox();

  /// False when the queue is full.
  [[nodiscard]] bool post(Mail mail);
  /// The same for a mail that is only written on the outbox's thread, so that the caller answers as quickly
  /// whether there is one or not. `write` may block and must not throw; nothing: no mail is sent.
  [[nodiscard]] bool post(std::function<std::optional<Mail>()> write);

  /// Cuts what is being sent. Idempotent; the destructor does it.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::io
