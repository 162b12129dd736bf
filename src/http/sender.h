#pragma once
// Sends one answer on a non-blocking socket, as much at a time as the socket takes: memory as it lies; files,
// and memory between them, through a pipe, which refers to the pages of the files and copies none. It decides
// what to do next and never waits; the connection waits as told. Small pieces do not become small packets.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"
#include "media/slices.h"

namespace longtake::io {
class Pipe;
}

namespace longtake::http {

class Sender {
 public:
  enum class Progress {
    done,
    blocked,    // the socket takes no more: wait until it is writable
    turn_over,  // `turn_bytes` are sent: let others run
    cold,       // the next bytes are not in the page cache: call warm() on a thread that may block
    failed,     // the peer is gone, or see own_failure()
  };

  /// Of an event stream only the head.
  Sender(std::string head, Body body);

  Progress advance(int socket, std::size_t turn_bytes);
  /// Reads the next bytes of the files into the page cache. Blocks. Not while advance() runs.
  void warm();

  std::uint64_t sent() const { return sent_; }
  /// After `failed`: what is wrong with our side; empty when it was the peer.
  std::string_view own_failure() const { return own_failure_; }

 private:
  /// A byte of the answer: parts are the head, the text and the slices.
  struct Position {
    std::size_t part = 0;
    std::uint64_t within = 0;
    auto operator<=>(const Position&) const = default;
  };
  static constexpr std::size_t first_slice = 2;

  std::size_t parts() const { return first_slice + list_.slices().size(); }
  std::uint64_t part_size(std::size_t part) const;
  /// Null: it lies in memory.
  const media::FileSlice* file_of(std::size_t part) const;
  const std::byte* memory_of(std::size_t part) const;
  void advance_by(Position& at, std::uint64_t n) const;
  /// What lies in memory from `at` on, before any file, at most `room` bytes: as many of `pieces` as it
  /// takes.
  std::span<const iovec> gather(Position at, std::size_t room, std::span<iovec> pieces) const;

  Progress send_memory(int socket, std::size_t& budget);
  Progress send_piped(int socket, std::size_t& budget);
  /// Puts up to `room` bytes from `at` on into the pipe; says why no more.
  Progress fill(io::Pipe& pipe, Position& at, std::size_t room);
  Progress fail(std::string_view why);
  bool is_cold(const Position& at);

  const std::string head_;
  std::string text_;
  media::SliceList list_;
  bool has_files_ = false;
  Position at_;  // first byte that is not sent
  std::uint64_t sent_ = 0;
  std::size_t fill_limit_;  // of one call; less for a slow reader
  Position warm_to_;        // what lies before it was found, or made, warm
  std::string_view own_failure_;
};

}  // namespace longtake::http
