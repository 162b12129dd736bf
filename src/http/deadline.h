#pragma once
// A limit on how long a connection may take, cheap enough to be set anew for every request: setting it later
// stores a time and nothing else, because the timer beneath wakes seldom and looks.

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace longtake::http {

/// Used on one thread, that of `executor`.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  /// What to call (on that thread) when a limit has passed. Before the first `set`.
  void on_passed(std::function<void()> passed) { passed_ = std::move(passed); }

  /// Passes when `time` is over, unless set or cleared before. The timer is never armed farther ahead than
  /// `grain`, best the shortest time that is set often.
  void set(Clock::duration time, Clock::duration grain) {
    expired_ = false;
    at_ = Clock::now() + time;
    grain_ = grain;
    if (!armed_ || armed_for_ > at_) arm();
  }
  void clear() { at_ = Clock::time_point::max(); }

  /// Remembers, for who finds its wait cancelled, that time was the reason; until the next `set`.
  void expire() { expired_ = true; }
  bool expired() const { return expired_; }

  /// No more calls.
  void cancel() {
    passed_ = nullptr;
    alive_.reset();
    timer_.cancel();
  }

 private:
  void arm() {
    armed_ = true;
    armed_for_ = std::min(at_, Clock::now() + grain_);
    timer_.expires_at(armed_for_);
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const boost::system::error_code& error) {
      // Cancelled: rearmed for an earlier time, or the owner is going away.
      if (error || alive.expired()) return;
      armed_ = false;
      if (at_ == Clock::time_point::max()) return;
      if (Clock::now() < at_) {
        arm();
        return;
      }
      at_ = Clock::time_point::max();
      if (const auto call = passed_) call();
    });
  }

  boost::asio::steady_timer timer_;
  std::function<void()> passed_;
  Clock::time_point at_ = Clock::time_point::max();
  Clock::time_point armed_for_{};
  Clock::duration grain_{};
  bool armed_ = false;
  bool expired_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace longtake::http
