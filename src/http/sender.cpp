#include "http/sender.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

#include "io/pipe.h"

namespace longtake::http {
namespace {

constexpr std::size_t vector_limit = 64;                   // pieces of memory in one call
constexpr std::size_t warm_window = std::size_t{1} << 20;  // bytes read ahead in files
constexpr std::uint64_t look_ahead = std::uint64_t{256} << 10;
constexpr std::size_t fill_least = std::size_t{64} << 10;
constexpr std::size_t fill_most = std::size_t{1} << 20;

Sender::Progress from_errno() {
  return errno == EAGAIN || errno == EWOULDBLOCK ? Sender::Progress::blocked : Sender::Progress::failed;
}

// False only when the kernel says the byte would have to be read from the disk.
bool in_page_cache(int file, std::uint64_t offset) {
  char byte = 0;
  iovec one{&byte, 1};
  return ::preadv2(file, &one, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

/// Empty between two answers, so that one serves all that a thread sends. Nothing: too many files are open.
std::optional<io::Pipe>& pipe_of_thread() {
  thread_local std::optional<io::Pipe> pipe;
  if (!pipe)
    if (auto opened = io::Pipe::open()) pipe.emplace(*std::move(opened));
  return pipe;
}

}  // namespace

Sender::Sender(std::string head, Body body) : head_(std::move(head)), fill_limit_(fill_most) {
  if (auto* text = body.text()) text_ = std::move(*text);
  if (auto* list = body.slices()) list_ = std::move(*list);
  has_files_ = std::any_of(list_.slices().begin(), list_.slices().end(), [](const media::Slice& slice) {
    return std::holds_alternative<media::FileSlice>(slice);
  });
  advance_by(at_, 0);
}

std::uint64_t Sender::part_size(std::size_t part) const {
  if (part == 0) return head_.size();
  if (part == 1) return text_.size();
  return std::visit([](const auto& s) -> std::uint64_t { return s.size; },
                    list_.slices()[part - first_slice]);
}

const media::FileSlice* Sender::file_of(std::size_t part) const {
  return part < first_slice ? nullptr : std::get_if<media::FileSlice>(&list_.slices()[part - first_slice]);
}

const std::byte* Sender::memory_of(std::size_t part) const {
  if (part == 0) return reinterpret_cast<const std::byte*>(head_.data());
  if (part == 1) return reinterpret_cast<const std::byte*>(text_.data());
  const auto& slice = std::get<media::MemorySlice>(list_.slices()[part - first_slice]);
  return slice.bytes->data() + slice.offset;
}

void Sender::advance_by(Position& at, std::uint64_t n) const {
  at.within += n;
  while (at.part < parts() && at.within >= part_size(at.part))
    at = {at.part + 1, at.within - part_size(at.part)};
}

std::span<const iovec> Sender::gather(Position at, std::size_t room, std::span<iovec> pieces) const {
  std::size_t count = 0;
  while (at.part < parts() && file_of(at.part) == nullptr && count < pieces.size() && room > 0) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(part_size(at.part) - at.within, room));
    pieces[count++] = {const_cast<std::byte*>(memory_of(at.part) + at.within), n};
    room -= n;
    advance_by(at, n);
  }
  return pieces.first(count);
}

Sender::Progress Sender::fail(std::string_view why) {
  own_failure_ = why;
  return Progress::failed;
}

Sender::Progress Sender::advance(int socket, std::size_t turn_bytes) {
  std::size_t budget = turn_bytes;
  while (at_.part < parts()) {
    if (budget == 0) return Progress::turn_over;
    const auto progress = has_files_ ? send_piped(socket, budget) : send_memory(socket, budget);
    if (progress != Progress::done) return progress;
  }
  return Progress::done;
}

Sender::Progress Sender::send_memory(int socket, std::size_t& budget) {
  std::array<iovec, vector_limit> room;
  const auto pieces = gather(at_, budget, room);
  auto behind = at_;
  for (const auto& piece : pieces)
    advance_by(behind, piece.iov_len);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const bool more = behind.part < parts();
  ssize_t n = 0;
  do
    n = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
  while (n < 0 && errno == EINTR);
  if (n < 0) return from_errno();
  budget -= static_cast<std::size_t>(n);
  sent_ += static_cast<std::uint64_t>(n);
  advance_by(at_, static_cast<std::uint64_t>(n));
  return Progress::done;
}

Sender::Progress Sender::send_piped(int socket, std::size_t& budget) {
  auto& pipe = pipe_of_thread();
  if (!pipe) return fail("no pipe can be opened: too many files are open");
  auto filled = at_;
  const auto stopped = fill(*pipe, filled, std::min(budget, fill_limit_));
  if (pipe->held() == 0) return stopped == Progress::done ? Progress::cold : stopped;
  const auto n = pipe->send(socket, filled.part < parts() ? io::Pipe::Then::more : io::Pipe::Then::done);
  const auto progress = n < 0 ? from_errno() : Progress::done;
  // Nothing of ours stays behind for the next answer, and to a slow reader little is put in again and again.
  const bool whole = pipe->held() == 0;
  if (!whole) pipe.reset();
  if (n <= 0) return progress == Progress::blocked ? progress : Progress::failed;
  const auto sent = static_cast<std::size_t>(n);
  fill_limit_ = whole ? std::min(fill_limit_ * 2, fill_most) : std::max(sent, fill_least);
  budget -= sent;
  sent_ += sent;
  advance_by(at_, sent);
  return whole ? Progress::done : Progress::blocked;
}

Sender::Progress Sender::fill(io::Pipe& pipe, Position& at, std::size_t room) {
  while (at.part < parts() && room > 0) {
    std::ptrdiff_t n = 0;
    if (const auto* file = file_of(at.part)) {
      if (is_cold(at)) return Progress::cold;
      auto size = static_cast<std::size_t>(std::min<std::uint64_t>(file->size - at.within, room));
      // Only what was looked at: the rest may lie on the disk.
      if (warm_to_.part == at.part)
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, warm_to_.within - at.within));
      n = pipe.put_file(file->file->get(), file->offset + at.within, size);
      if (n == 0) return fail("a file is shorter than what was promised of it");
      if (n < 0 && errno != EAGAIN) return fail("a file cannot be read");
    } else {
      std::array<iovec, vector_limit> pieces;
      n = pipe.put(gather(at, room, pieces));
    }
    if (n <= 0) break;  // full
    room -= static_cast<std::size_t>(n);
    advance_by(at, static_cast<std::uint64_t>(n));
  }
  return Progress::done;
}

/// Looks at the first and the last byte of what comes next of files and not at every page: cheap, and right
/// for what was read together before.
bool Sender::is_cold(const Position& at) {
  if (at < warm_to_) return false;
  const auto byte_at = [this](const Position& place) {
    const auto& slice = *file_of(place.part);
    return in_page_cache(slice.file->get(), slice.offset + place.within);
  };
  Position last = at;
  std::uint64_t size = 0;
  for (auto next = at; next.part < parts() && size < look_ahead; next = {next.part + 1, 0}) {
    const auto* slice = file_of(next.part);
    if (slice == nullptr) continue;
    const auto n = std::min(slice->size - next.within, look_ahead - size);
    size += n;
    last = {next.part, next.within + n - 1};
  }
  if (!byte_at(at) || !byte_at(last)) return true;
  warm_to_ = {last.part, last.within + 1};
  return false;
}

void Sender::warm() {
  struct Stretch {
    int file;
    std::uint64_t from, to;
  };
  std::array<Stretch, vector_limit> stretches;
  std::size_t count = 0, size = 0;
  auto at = at_;
  for (; at.part < parts() && count < vector_limit && size < warm_window; at = {at.part + 1, 0}) {
    const auto* slice = file_of(at.part);
    if (slice == nullptr) continue;
    const auto n = std::min<std::uint64_t>(slice->size - at.within, warm_window - size);
    const auto from = slice->offset + at.within;
    stretches[count++] = {slice->file->get(), from, from + n};
    size += static_cast<std::size_t>(n);
    // Remembered as warm even if it is evicted again: sending must go on.
    warm_to_ = {at.part, at.within + n};
  }
  // All of them first: the disk reads one while the next is asked for.
  for (std::size_t i = 0; i < count; ++i)
    ::posix_fadvise(stretches[i].file, static_cast<off_t>(stretches[i].from),
                    static_cast<off_t>(stretches[i].to - stretches[i].from), POSIX_FADV_WILLNEED);
  constexpr std::uint64_t step = 128 << 10;
  char byte = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& stretch = stretches[i];
    bool there = true;
    for (auto offset = stretch.from; there && offset < stretch.to; offset += step)
      there = ::pread(stretch.file, &byte, 1, static_cast<off_t>(offset)) > 0;
    if (there) (void)!::pread(stretch.file, &byte, 1, static_cast<off_t>(stretch.to - 1));
  }
}

}  // namespace longtake::http
