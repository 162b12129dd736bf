#pragma once
// When to connect, how long to wait, when to say that only a person can help. Pure: an event goes in, the
// next action comes out; the channel's thread obeys.

#include <chrono>
#include <string>

#include "base/time.h"
#include "ingest/state.h"

namespace longtake::ingest {

/// What may mend a failure: waiting (network, restart of the source) or a person (wrong address, a web page,
/// nothing playable). Both are tried again; the second slowly, and shown as failed.
enum class Mend { by_waiting, by_person };

/// The channel is to be recorded (enabled, or its address edited).
struct Started {};
/// The first fragment of a connection is in the archive.
struct Recorded {};
/// The attempt or the recording is over. `jitter` in [0, 1) spreads the reconnects of many channels.
struct Failed {
  std::string cause;
  /// Which cause it is, for pages to translate: the name of a failed test of a source, or one of state.h.
  std::string kind{kind_failed};
  /// Once a source has recorded, its address is right: a 404 is then a restart of the server, not a mistake.
  Mend mend = Mend::by_waiting;
  Micros recorded{0};  ///< how long the connection recorded
  double jitter = 0.5;
};
/// The pause is over.
struct Elapsed {};
struct Stopped {};

struct Action {
  enum class Kind { none, connect, wait } kind = Kind::none;
  std::chrono::milliseconds pause{0};
  static Action none() { return {}; }
  static Action connect() { return {Kind::connect}; }
  static Action wait(std::chrono::milliseconds pause) { return {Kind::wait, pause}; }
  bool operator==(const Action&) const = default;
};

class SourceMachine {
 public:
  struct Options {
    std::chrono::milliseconds first_retry{1000};
    std::chrono::milliseconds max_retry{60000};
    /// A recording shorter than this does not make the next pause short again: a source that breaks at once
    /// is not hammered.
    std::chrono::milliseconds proven_after{10000};
  };
  explicit SourceMachine(Options options) : options_(options) {}

  Action on(const Started&);
  Action on(const Recorded&);
  Action on(const Failed& failed);
  Action on(const Elapsed&);
  Action on(const Stopped&);

  State state() const { return state_; }
  /// Of reconnecting and failed; empty otherwise.
  const std::string& cause() const { return cause_; }
  const std::string& cause_kind() const { return cause_kind_; }
  /// Successful connections after the first one.
  std::uint32_t reconnects() const { return reconnects_; }

 private:
  Options options_;
  State state_ = State::stopped;
  std::string cause_;
  std::string cause_kind_;
  std::chrono::milliseconds next_pause_{0};
  bool recorded_before_ = false;
  std::uint32_t reconnects_ = 0;
};

}  // namespace longtake::ingest
