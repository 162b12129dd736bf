// Processor time of our server for a file sent as slices, and for a trivial GET, beside nginx (sendfile on)
// in the same run. The client is this process; each server is a process of its own, so only its time is
// counted.
//   http_bench [--megabytes N] [--requests N] [--json FILE]

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/log.h"
#include "child.h"
#include "http/server.h"
#include "io/file.h"

namespace longtake::bench {
namespace {

namespace fs = std::filesystem;
constexpr std::uint16_t our_port = 18480, nginx_port = 18481;

struct Plan {
  std::size_t megabytes = 2;
  int requests = 1000;
  std::string json;
};

struct Measured {
  double cpu_ms_per_mb = 0;
  double cpu_us_per_get = 0;
};

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "http_bench: %s\n", text.c_str());
  std::exit(1);
}

/// Waits for a file that a server makes when it listens. To be made before the server is started.
class Announcement {
 public:
  explicit Announcement(fs::path file) : file_(std::move(file)), watch_(::inotify_init1(IN_CLOEXEC)) {
    fs::remove(file_);
    if (::inotify_add_watch(watch_.get(), file_.parent_path().c_str(), IN_CREATE | IN_MOVED_TO) < 0)
      fail("cannot watch " + file_.parent_path().native());
  }
  void wait() const {
    while (!fs::exists(file_)) {
      pollfd one{watch_.get(), POLLIN, 0};
      if (::poll(&one, 1, 10'000) <= 0) fail("no server says within 10 s that it listens: " + file_.native());
      std::array<char, 4096> events;
      (void)!::read(watch_.get(), events.data(), events.size());
    }
  }

 private:
  fs::path file_;
  Fd watch_;
};

Fd connect_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("nothing listens on port " + std::to_string(port));
  return socket;
}

// One GET on a kept-alive connection; the body is thrown away.
void get(const Fd& socket, const std::string& path, std::size_t expected) {
  static std::vector<char> buffer(std::size_t{1} << 20);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("cannot send");
  std::string head;
  std::size_t body = 0;
  while (true) {
    const auto n = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) fail("the connection ended in the middle of " + path);
    if (body > 0 || head.find("\r\n\r\n") != std::string::npos) {
      body += static_cast<std::size_t>(n);
    } else {
      head.append(buffer.data(), static_cast<std::size_t>(n));
      if (const auto end = head.find("\r\n\r\n"); end != std::string::npos) {
        if (!head.starts_with("HTTP/1.1 200")) fail("not answered with 200: " + head.substr(0, 40));
        body = head.size() - end - 4;
        head.resize(end + 4);
      }
    }
    if (head.ends_with("\r\n\r\n") && body == expected) return;
  }
}

Measured measure(const Child& server, std::uint16_t port, const Plan& plan) {
  const Fd socket = connect_to(port);
  const std::size_t size = plan.megabytes << 20;
  for (int i = 0; i < 20; ++i)
    get(socket, "/file", size);
  for (int i = 0; i < 200; ++i)
    get(socket, "/small", 6);
  const double start = server.cpu_ms();
  for (int i = 0; i < plan.requests; ++i)
    get(socket, "/file", size);
  const double middle = server.cpu_ms();
  const int small = plan.requests * 10;
  for (int i = 0; i < small; ++i)
    get(socket, "/small", 6);
  const double end = server.cpu_ms();
  return {(middle - start) / plan.requests / static_cast<double>(plan.megabytes),
          (end - middle) * 1000 / small};
}

void serve(const fs::path& file, const fs::path& ready) {
  const auto log = make_null_log();
  io::Executor net{{.threads = 1}};
  http::Router router;
  const auto opened = io::share(io::open_file(file).value());
  const auto size = io::status_of(*opened).value().size;
  // As a media view is: some boxes made in memory, then the rest of the file.
  const std::size_t boxes = 4096;
  media::Bytes head(boxes);
  (void)io::read_exactly_at(*opened, 0, head).ok();
  media::SliceList slices;
  slices.append(std::move(head));
  slices.append(media::FileSlice{opened, boxes, size - boxes});
  router.add(http::Method::get, "/file", [slices](const http::Request&) -> Result<http::Response> {
    return http::Response::slices(slices, "video/mp4").with_etag("bench");
  });
  router.add(http::Method::get, "/small",
             [](const http::Request&) -> Result<http::Response> { return http::Response::text("small\n"); });
  auto server = http::Server::start({.listen = {"127.0.0.1:" + std::to_string(our_port)}}, std::move(router),
                                    net, *log);
  if (!server.ok()) fail(server.error().story());
  std::ofstream{ready} << "listening\n";
  while (true)
    ::pause();
}

std::optional<Measured> measure_nginx(const fs::path& folder, const Plan& plan) {
  const fs::path program = "/usr/sbin/nginx";
  if (!fs::exists(program)) return std::nullopt;
  std::ofstream{folder / "small"} << "small\n";
  const auto at = [&](const char* name) { return (folder / name).native(); };
  std::ofstream{folder / "nginx.conf"}
      << "daemon off; master_process off; error_log " << at("error.log") << "; pid " << at("pid")
      << ";\nevents { worker_connections 64; }\nhttp { access_log off; "
      << "sendfile on; tcp_nopush on; keepalive_requests 100000000;\n"
      << "client_body_temp_path " << at("t1") << "; proxy_temp_path " << at("t2") << "; fastcgi_temp_path "
      << at("t3") << "; uwsgi_temp_path " << at("t4") << "; scgi_temp_path " << at("t5")
      << ";\nserver { listen 127.0.0.1:" << nginx_port << "; root " << folder.native() << "; } }\n";
  // nginx writes its id when it has opened its sockets.
  const Announcement listening{folder / "pid"};
  const auto child =
      Child::exec({program.native(), "-p", folder.native(), "-c", at("nginx.conf"), "-e", at("error.log")});
  listening.wait();
  return measure(child, nginx_port, plan);
}

Plan parse(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--megabytes")
      plan.megabytes = static_cast<std::size_t>(std::max(1, std::atoi(argv[i + 1])));
    else if (name == "--requests")
      plan.requests = std::max(1, std::atoi(argv[i + 1]));
    else if (name == "--json")
      plan.json = argv[i + 1];
    else
      fail("wrong use: --megabytes N, --requests N or --json FILE");
  }
  return plan;
}

void report(const Plan& plan, const Measured& ours, const std::optional<Measured>& nginx) {
  std::printf("%-34s %10s %10s %8s\n", "", "longtake", "nginx", "ratio");
  const auto row = [&](const char* name, double a, double b) {
    if (nginx)
      std::printf("%-34s %10.3f %10.3f %8.2f\n", name, a, b, a / b);
    else
      std::printf("%-34s %10.3f %10s %8s\n", name, a, "-", "-");
  };
  row("sending a file, cpu ms per MB", ours.cpu_ms_per_mb, nginx ? nginx->cpu_ms_per_mb : 0);
  row("trivial GET, cpu us", ours.cpu_us_per_get, nginx ? nginx->cpu_us_per_get : 0);
  if (plan.json.empty()) return;
  std::ofstream out{plan.json};
  out << "{\"fileMegabytes\":" << plan.megabytes << ",\"cpuMsPerMb\":" << ours.cpu_ms_per_mb
      << ",\"cpuUsPerGet\":" << ours.cpu_us_per_get;
  if (nginx)
    out << ",\"nginx\":{\"cpuMsPerMb\":" << nginx->cpu_ms_per_mb
        << ",\"cpuUsPerGet\":" << nginx->cpu_us_per_get << "}";
  out << "}\n";
}

int run(int argc, char** argv) {
  const Plan plan = parse(argc, argv);
  std::string name = (fs::temp_directory_path() / "longtake-http-bench-XXXXXX").native();
  if (!::mkdtemp(name.data())) fail("cannot make a folder in the temporary folder");
  const fs::path folder = name;
  std::string content(plan.megabytes << 20, '\0');
  std::mt19937_64 random{1};
  for (auto& c : content)
    c = static_cast<char>(random());
  std::ofstream{folder / "file", std::ios::binary} << content;
  Measured ours;
  {
    const Announcement listening{folder / "ready"};
    const auto child = Child::run([&] { serve(folder / "file", folder / "ready"); });
    listening.wait();
    ours = measure(child, our_port, plan);
  }
  const auto nginx = measure_nginx(folder, plan);
  fs::remove_all(folder);
  report(plan, ours, nginx);
  return 0;
}

}  // namespace
}  // namespace longtake::bench

int main(int argc, char** argv) {
  return longtake::bench::run(argc, argv);
}
