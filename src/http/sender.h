#pragma once
// Sends one answer on a non-blocking socket, piece by piece: memory by sendmsg without copying, files by
// sendfile. It decides what to do next and never waits; the connection waits as told. Small pieces do not
// become small packets: what is followed by more is marked so, and a list that mixes files and memory is
// corked.

#include <cstddef>
#include <cstdint>
#include <string>

#include "http/message.h"
#include "media/slices.h"

namespace longtake::http {

class Sender {
 public:
  enum class Progress {
    done,
    blocked,    // the socket takes no more: wait until it is writable
    turn_over,  // `turn_bytes` are sent: let others run
    cold,       // the next bytes are not in the page cache: call warm() on a thread that may block
    failed,     // the peer is gone, or a file is shorter than its slice
  };

  /// Of an event stream only the head.
  Sender(std::string head, Body body);

  Progress advance(int socket, std::size_t turn_bytes);
  /// Reads the next bytes of the file into the page cache. Blocks. Not while advance() runs.
  void warm();

  std::uint64_t sent() const { return sent_; }
  /// After `failed`: our side's fault (a file that ends early), not the peer's.
  bool file_failed() const { return file_failed_; }

 private:
  Progress send_memory(int socket, std::size_t& budget);
  Progress send_file(int socket, std::size_t& budget);
  bool next_is_cold(const media::FileSlice& slice, std::size_t size);
  void consume_memory(std::size_t n);
  bool finished() const;

  std::string head_;
  std::size_t head_at_ = 0;
  std::string text_;
  std::size_t text_at_ = 0;
  media::SliceList list_;
  std::size_t index_ = 0;     // slice under way
  std::uint64_t within_ = 0;  // bytes of it sent
  std::uint64_t sent_ = 0;
  bool cork_ = false;    // wanted
  bool corked_ = false;  // set on the socket
  bool file_failed_ = false;
  // The part of a file known (or made) to be in the page cache.
  int warm_file_ = -1;
  std::uint64_t warm_from_ = 0, warm_to_ = 0;
};

}  // namespace longtake::http
