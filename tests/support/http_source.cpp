// Hands one endless MPEG-TS stream, read from standard input, to any number of HTTP readers on loopback:
//
//   ffmpeg ... -f mpegts - | http_source PORT
//
// A reader joins at a packet boundary and gets what comes from then on, like a broadcast; one that does
// not keep up is cut off. Prints "ready" when serving; ends with its input.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t packet_size = 188;
constexpr std::size_t most_unsent = 4 << 20;
constexpr std::size_t longest_request = 16 << 10;

struct Reader {
  int socket;
  std::string request;
  bool joined = false;
  std::string unsent;
};

int listen_on(const char* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 128) != 0) {
    std::fprintf(stderr, "http_source: cannot listen on port %s\n", port);
    std::exit(1);
  }
  return listener;
}

/// Reads the request; false when the reader has gone or talks too much.
bool hear(Reader& reader) {
  std::array<char, 4096> bytes{};
  const ssize_t got = read(reader.socket, bytes.data(), bytes.size());
  if (got <= 0) return false;
  if (reader.joined) return true;
  reader.request.append(bytes.data(), static_cast<std::size_t>(got));
  if (reader.request.size() > longest_request) return false;
  if (reader.request.find("\r\n\r\n") == std::string::npos) return true;
  reader.joined = true;
  reader.unsent =
      "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  return true;
}

/// Sends what the socket takes; false when the reader has gone or fallen behind.
bool flush(Reader& reader) {
  while (!reader.unsent.empty()) {
    const ssize_t sent = send(reader.socket, reader.unsent.data(), reader.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN && reader.unsent.size() < most_unsent;
    reader.unsent.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

/// Whole packets only, so that everyone who joins does so at a boundary.
void hand_on(std::vector<Reader>& readers, std::string& input) {
  const std::size_t whole = input.size() / packet_size * packet_size;
  for (Reader& reader : readers) {
    if (reader.joined) reader.unsent.append(input, 0, whole);
  }
  input.erase(0, whole);
}

void serve(int listener) {
  std::vector<Reader> readers;
  std::string input;
  std::vector<char> bytes(64 << 10);
  for (;;) {
    std::vector<pollfd> watched{{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
    for (const Reader& reader : readers) {
      const short wanted = reader.unsent.empty() ? POLLIN : POLLIN | POLLOUT;
      watched.push_back({reader.socket, wanted, 0});
    }
    if (poll(watched.data(), watched.size(), -1) < 0) return;
    if (watched[0].revents) {
      const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
      if (got <= 0) return;
      input.append(bytes.data(), static_cast<std::size_t>(got));
      hand_on(readers, input);
    }
    std::vector<Reader> kept;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      const bool heard = !(watched[i + 2].revents & (POLLIN | POLLHUP | POLLERR)) || hear(readers[i]);
      if (heard && flush(readers[i])) {
        kept.push_back(std::move(readers[i]));
      } else {
        close(readers[i].socket);
      }
    }
    readers = std::move(kept);
    if (watched[1].revents) {
      const int joined = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (joined >= 0) readers.push_back({joined, {}, false, {}});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: http_source PORT <stream\n");
    return 2;
  }
  const int listener = listen_on(argv[1]);
  std::puts("ready");
  std::fflush(stdout);
  serve(listener);
  return 0;
}
