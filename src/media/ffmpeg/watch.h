#pragma once
// Ends libav's blocking calls: on a stop request, or when a deadline passes. Private to this folder.

#include <chrono>
#include <stop_token>
#include <thread>

#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {

/// libav asks before every wait for the network. That is also the place to nap: a live source trickles in
/// packet by packet, and waking for each of them costs more than handling it. When a wait is seen to have
/// blocked (the source was drained), the thread sleeps a little longer, so that the next reads find many
/// packets at once. A source that has data waiting (a burst at the start, a fast server) is not slowed;
/// should a busy machine look like a drained source, hurry() ends the naps.
class Watch {
 public:
  explicit Watch(std::stop_token stop) : stop_(std::move(stop)) {}

  void set_deadline(std::chrono::milliseconds from_now) {
    last_ = std::chrono::steady_clock::now();
    deadline_ = last_ + from_now;
    expired_ = false;
  }
  void set_nap(std::chrono::milliseconds nap) { nap_ = nap; }
  /// Reading has fallen behind the source: no naps until it has caught up.
  void hurry(bool behind) { hurry_ = behind; }

  bool stopped() const { return stop_.stop_requested(); }
  bool expired() const { return expired_; }

  AVIOInterruptCB callback() { return {&Watch::interrupted, this}; }

 private:
  static int interrupted(void* self) { return static_cast<Watch*>(self)->check() ? 1 : 0; }

  bool check() {
    if (stop_.stop_requested()) return true;
    auto now = std::chrono::steady_clock::now();
    if (now > deadline_) {
      expired_ = true;
      return true;
    }
    if (nap_.count() > 0 && !hurry_ && now - last_ > kBlocked) {
      std::this_thread::sleep_for(nap_);
      now = std::chrono::steady_clock::now();
    }
    last_ = now;
    return false;
  }

  static constexpr std::chrono::microseconds kBlocked{400};

  std::stop_token stop_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::chrono::steady_clock::time_point last_{};
  std::chrono::milliseconds nap_{0};
  bool expired_ = false;
  bool hurry_ = false;
};

}  // namespace longtake::media::ffmpeg
