#pragma once
// Server-sent events: one stream per connection. Anyone may send from any thread; the connection takes from
// it. Full-queue rule: a reader that lets more than `queue_limit` bytes pile up is disconnected, never waited
// for; it reconnects with Last-Event-ID and is told what it missed.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace longtake::http {

/// Thread-safe.
class EventStream {
 public:
  struct Options {
    /// Bytes waiting to be sent at most.
    std::size_t queue_limit = std::size_t{256} << 10;
  };

  static std::shared_ptr<EventStream> create() { return create(Options{}); }
  static std::shared_ptr<EventStream> create(Options options);
  explicit EventStream(Options options) : options_(options) {}

  /// Queues one event; `event` or `id` may be empty, `data` may have several lines. False when the stream is
  /// closed, also because this event did not fit: forget the stream then.
  bool send(std::string_view event, std::string_view id, std::string_view data);
  /// The same of one or more events in wire form: one wake for all of them.
  bool send(std::string_view events);

  /// Ends the stream after what is queued. Idempotent.
  void close();
  bool closed() const;

  /// Called once, on the thread that closes, when either side has closed; at once if that was before.
  void on_close(std::function<void()> callback);

  // For the connection:

  /// All queued bytes; empty when there are none.
  std::string take();
  /// Queues a comment line unless something is queued already: keeps the connection alive.
  void beat();
  /// Called (with no lock held) whenever there is something to take or the stream was closed.
  void on_ready(std::function<void()> wake);
  /// The reader is gone: drops what is queued and closes.
  void abandon();

  /// Closed because the reader was too slow.
  bool overflowed() const;

 private:
  void finish(std::unique_lock<std::mutex> lock);

  const Options options_;
  mutable std::mutex mutex_;
  std::string queue_;
  bool closed_ = false;
  bool overflowed_ = false;
  std::function<void()> wake_;
  std::function<void()> closed_callback_;
};

/// One event in wire form: "event: ...\nid: ...\ndata: ...\n\n".
std::string format_event(std::string_view event, std::string_view id, std::string_view data);

}  // namespace longtake::http
