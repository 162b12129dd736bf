#include "http/sender.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace longtake::http {
namespace {

constexpr std::size_t vector_limit = 64;                   // pieces of memory in one call
constexpr std::size_t warm_window = std::size_t{1} << 20;  // bytes looked ahead in a file
constexpr std::size_t warm_least = std::size_t{128} << 10;

void set_cork(int socket, int on) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

Sender::Progress from_errno() {
  return errno == EAGAIN || errno == EWOULDBLOCK ? Sender::Progress::blocked : Sender::Progress::failed;
}

// False only when the kernel says the byte would have to be read from the disk.
bool in_page_cache(int file, std::uint64_t offset) {
  char byte = 0;
  iovec one{&byte, 1};
  return ::preadv2(file, &one, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

}  // namespace

Sender::Sender(std::string head, Body body) : head_(std::move(head)) {
  if (auto* text = body.text()) text_ = std::move(*text);
  if (auto* list = body.slices()) list_ = std::move(*list);
  // sendfile pushes what it ends with; only a cork keeps that together with the slice after it.
  const auto& slices = list_.slices();
  for (std::size_t i = 0; i + 1 < slices.size(); ++i)
    if (std::holds_alternative<media::FileSlice>(slices[i])) cork_ = true;
}

bool Sender::finished() const {
  return head_at_ == head_.size() && text_at_ == text_.size() && index_ == list_.slices().size();
}

Sender::Progress Sender::advance(int socket, std::size_t turn_bytes) {
  if (cork_ && !corked_) {
    set_cork(socket, 1);
    corked_ = true;
  }
  std::size_t budget = turn_bytes;
  while (!finished()) {
    if (budget == 0) return Progress::turn_over;
    const bool head_or_text = head_at_ < head_.size() || text_at_ < text_.size();
    const bool memory = head_or_text || std::holds_alternative<media::MemorySlice>(list_.slices()[index_]);
    const Progress progress = memory ? send_memory(socket, budget) : send_file(socket, budget);
    if (progress != Progress::done) return progress;
  }
  if (corked_) {
    set_cork(socket, 0);
    corked_ = false;
  }
  return Progress::done;
}

Sender::Progress Sender::send_memory(int socket, std::size_t& budget) {
  std::array<iovec, vector_limit> pieces;
  std::size_t count = 0, size = 0;
  const auto add = [&](const void* bytes, std::size_t n) {
    n = std::min(n, budget - size);
    if (n == 0) return;
    pieces[count++] = {const_cast<void*>(bytes), n};
    size += n;
  };
  add(head_.data() + head_at_, head_.size() - head_at_);
  add(text_.data() + text_at_, text_.size() - text_at_);
  const auto& slices = list_.slices();
  std::size_t next = index_;
  for (; next < slices.size() && count < vector_limit && size < budget; ++next) {
    const auto* slice = std::get_if<media::MemorySlice>(&slices[next]);
    if (!slice) break;
    const auto skip = next == index_ ? static_cast<std::size_t>(within_) : 0;
    add(slice->bytes->data() + slice->offset + skip, slice->size - skip);
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const bool more = next < slices.size();
  ssize_t n = 0;
  do
    n = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
  while (n < 0 && errno == EINTR);
  if (n < 0) return from_errno();
  budget -= static_cast<std::size_t>(n);
  consume_memory(static_cast<std::size_t>(n));
  return Progress::done;
}

void Sender::consume_memory(std::size_t n) {
  sent_ += n;
  const auto take = [&n](std::size_t& at, std::size_t size) {
    const auto part = std::min(n, size - at);
    at += part;
    n -= part;
  };
  take(head_at_, head_.size());
  take(text_at_, text_.size());
  while (n > 0) {
    const auto& slice = std::get<media::MemorySlice>(list_.slices()[index_]);
    const auto part = std::min<std::uint64_t>(n, slice.size - within_);
    within_ += part;
    n -= static_cast<std::size_t>(part);
    if (within_ == slice.size) {
      ++index_;
      within_ = 0;
    }
  }
}

bool Sender::next_is_cold(const media::FileSlice& slice, std::size_t size) {
  const int file = slice.file->get();
  const std::uint64_t from = slice.offset + within_, to = from + size;
  if (file == warm_file_ && from >= warm_from_ && to <= warm_to_) return false;
  // Looks at both ends of a window, not at every page: cheap, and right for files that are read in order.
  const std::uint64_t end = std::max(to, from + warm_window);
  if (!in_page_cache(file, from) || !in_page_cache(file, to - 1)) return true;
  warm_file_ = file;
  warm_from_ = from;
  // Beyond what this slice sends the end of the window was not looked at unless it is cached too.
  warm_to_ = in_page_cache(file, end - 1) ? end : to;
  return false;
}

void Sender::warm() {
  const auto& slice = std::get<media::FileSlice>(list_.slices()[index_]);
  const int file = slice.file->get();
  const std::uint64_t from = slice.offset + within_;
  const std::uint64_t to =
      std::max(from + std::min<std::uint64_t>(slice.size - within_, warm_window), from + 1);
  ::posix_fadvise(file, static_cast<off_t>(from), static_cast<off_t>(to - from), POSIX_FADV_WILLNEED);
  constexpr std::uint64_t step = 128 << 10;
  char byte = 0;
  for (std::uint64_t at = from; at < to; at += step)
    if (::pread(file, &byte, 1, static_cast<off_t>(at)) <= 0) break;
  (void)!::pread(file, &byte, 1, static_cast<off_t>(to - 1));
  // Remembered as warm even if it is evicted again: sending must go on.
  warm_file_ = file;
  warm_from_ = from;
  warm_to_ = to;
}

Sender::Progress Sender::send_file(int socket, std::size_t& budget) {
  const auto& slice = std::get<media::FileSlice>(list_.slices()[index_]);
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>({slice.size - within_, budget, warm_window}));
  if (next_is_cold(slice, size)) return Progress::cold;
  auto offset = static_cast<off_t>(slice.offset + within_);
  ssize_t n = 0;
  do
    n = ::sendfile(socket, slice.file->get(), &offset, size);
  while (n < 0 && errno == EINTR);
  if (n < 0) return from_errno();
  if (n == 0) {
    file_failed_ = true;
    return Progress::failed;
  }
  sent_ += static_cast<std::uint64_t>(n);
  budget -= static_cast<std::size_t>(n);
  within_ += static_cast<std::uint64_t>(n);
  if (within_ == slice.size) {
    ++index_;
    within_ = 0;
  }
  return Progress::done;
}

}  // namespace longtake::http
