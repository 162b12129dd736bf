#include "app/operations.h"

#include <array>

#include "http/problem.h"

namespace longtake::app {
namespace {

/// Backslash, quote and line end are escaped in label values.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void add_family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void add_channels(std::string& out, const Watched& watched) {
  const auto channels = watched.channels->all();
  if (!channels) return;
  constexpr std::array states = {ingest::State::connecting, ingest::State::recording,
                                 ingest::State::reconnecting, ingest::State::stopped, ingest::State::failed};
  std::string bit_rates, reconnects, dropped, newest;
  std::array<int, states.size()> counts{};
  for (const auto& channel : *channels) {
    const auto status = watched.supervisor->status(channel.id);
    for (std::size_t i = 0; i < states.size(); ++i)
      counts[i] += status.state == states[i];
    const auto labels =
        fmt::format("{{channel=\"{}\",name=\"{}\"}}", channel.id, label(channel.settings.name));
    bit_rates += fmt::format("longtake_channel_bits_per_second{} {}\n", labels, status.bit_rate);
    reconnects += fmt::format("longtake_channel_reconnects_total{} {}\n", labels, status.reconnects);
    dropped +=
        fmt::format("longtake_channel_dropped_fragments_total{} {}\n", labels, status.dropped_fragments);
    if (const auto t = watched.archive->newest(channel.id))
      newest += fmt::format("longtake_channel_newest_timestamp_seconds{} {:.3f}\n", labels,
                            double(to_us(*t)) / 1e6);
  }
  add_family(out, "longtake_channels", "gauge", "Channels by state.");
  for (std::size_t i = 0; i < states.size(); ++i)
    out += fmt::format("longtake_channels{{state=\"{}\"}} {}\n", ingest::to_string(states[i]), counts[i]);
  add_family(out, "longtake_channel_bits_per_second", "gauge", "Measured bit rate of the source.");
  out += bit_rates;
  add_family(out, "longtake_channel_reconnects_total", "counter", "Reconnections since the start.");
  out += reconnects;
  add_family(out, "longtake_channel_dropped_fragments_total", "counter",
             "Fragments the disk did not take in time.");
  out += dropped;
  add_family(out, "longtake_channel_newest_timestamp_seconds", "gauge",
             "End of the newest recorded picture.");
  out += newest;
}

void add_storage(std::string& out, const Watched& watched) {
  const auto usage = watched.archive->usage();
  if (!usage) return;
  add_family(out, "longtake_recorded_bytes", "gauge", "Bytes of all segments.");
  out += fmt::format("longtake_recorded_bytes {}\n", usage->recorded_bytes);
  add_family(out, "longtake_disk_free_bytes", "gauge", "Free bytes of the archive's volume.");
  out += fmt::format("longtake_disk_free_bytes {}\n", usage->disk_free_bytes);
}

void add_http(std::string& out, const http::Metrics& http) {
  add_family(out, "longtake_http_answers_total", "counter", "Answers by first digit of the status.");
  for (std::size_t i = 1; i < http.answers.size(); ++i)
    out += fmt::format("longtake_http_answers_total{{class=\"{}xx\"}} {}\n", i, http.answers[i].load());
  add_family(out, "longtake_http_answers_at_once_total", "counter",
             "Answers from memory, without a change of thread.");
  out += fmt::format("longtake_http_answers_at_once_total {}\n", http.answers_at_once.load());
  add_family(out, "longtake_http_bytes_sent_total", "counter", "Bytes sent.");
  out += fmt::format("longtake_http_bytes_sent_total {}\n", http.bytes_sent.load());
  add_family(out, "longtake_http_connections", "gauge", "Open connections.");
  out += fmt::format("longtake_http_connections {}\n", http.connections_open.load());
  add_family(out, "longtake_http_overloaded_total", "counter", "Requests refused because a pool was full.");
  out += fmt::format("longtake_http_overloaded_total {}\n", http.overloaded.load());
}

}  // namespace

std::string render_metrics(const Watched& watched) {
  std::string out;
  add_channels(out, watched);
  add_storage(out, watched);
  if (const auto http = watched.http()) add_http(out, *http);
  return out;
}

void add_operations_routes(http::Router& router, const Watched& watched, bool only_local) {
  const auto route = [&](std::string_view pattern, std::function<http::Response()> answer) {
    router.add(http::Method::get, pattern,
               [only_local, answer](const http::Request& request) -> Result<http::Response> {
                 const bool local = request.remote.kind() == io::AddressKind::loopback &&
                                    !request.headers.contains("X-Forwarded-For");
                 if (only_local && !local)
                   return http::problem(404, "operations are answered to this machine only");
                 return answer().with("Cache-Control", "no-store");
               });
  };
  route("/healthz", [] { return http::Response::text("ok\n"); });
  route("/readyz", [&watched] {
    const auto usage = watched.archive->usage();
    const auto channels = watched.channels->all();
    if (usage && channels) return http::Response::text("ok\n");
    return http::Response::text(
        usage ? "the database does not answer\n" : "the archive's volume does not answer\n", 503);
  });
  route("/metrics", [&watched] {
    return http::Response::text(render_metrics(watched))
        .with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  });
}

}  // namespace longtake::app
