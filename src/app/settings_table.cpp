// The settings there are, room by room.
#include <limits>

#include "app/setting_kinds.h"

namespace longtake::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

Setting log_level() {
  return {.key = "log.level",
          .unit = "debug, info, warn or error",
          .meaning = "The least important lines that are written to standard error",
          .set = [](Config& c, const std::string& value) -> Status {
            if (value == "debug") return c.log_level = LogLevel::debug, Status{};
            if (value == "info") return c.log_level = LogLevel::info, Status{};
            if (value == "warn") return c.log_level = LogLevel::warn, Status{};
            if (value == "error") return c.log_level = LogLevel::error, Status{};
            return make_error(Code::invalid, "'{}' is not debug, info, warn or error", value);
          },
          .get =
              [](const Config& c) {
                constexpr const char* names[] = {"debug", "info", "warn", "error"};
                return std::string{names[static_cast<int>(c.log_level)]};
              },
          .text = true};
}

Setting site_url() {
  return {.key = "site.url",
          .unit = "text",
          .meaning =
              "Address of the page as people type it, https://tv.example.org; e-mails and sign-in providers "
              "need it",
          .set = [](Config& c, const std::string& value) -> Status {
            auto url = value;
            while (url.ends_with('/'))
              url.pop_back();
            const bool http = url.starts_with("http://") || url.starts_with("https://");
            const auto host = url.find("://") + 3;
            if (!url.empty() && (!http || host == url.size() || url.find_first_of("/?#@ ", host) != url.npos))
              return make_error(Code::invalid, "'{}' is not https://HOST or http://HOST:PORT", value);
            c.site_url = url;
            return {};
          },
          .get = [](const Config& c) { return c.site_url; },
          .text = true};
}

}  // namespace

std::vector<Setting> general_settings() {
  return {
      text(
          "data", "Folder of database, keys and footage", [](Config & c) -> auto& { return c.data; }),
      text(
          "web", "Folder of the built page; empty: looked for beside the program",
          [](Config & c) -> auto& { return c.web; }),
      log_level(),
  };
}

std::vector<Setting> site_settings() {
  return {
      site_url(),
      text(
          "mail.server", "smtp://HOST:PORT (STARTTLS) or smtps://HOST:PORT; empty: this site sends no e-mail",
          [](Config & c) -> auto& { return c.mail.server; }),
      text(
          "mail.user", "Name at the mail server; empty: none is asked for",
          [](Config & c) -> auto& { return c.mail.user; }),
      text(
          "mail.password", "Password at the mail server",
          [](Config & c) -> auto& { return c.mail.password; }),
      text(
          "mail.from", "Where e-mails come from: Longtake <no-reply@example.org>",
          [](Config & c) -> auto& { return c.mail.from; }),
      flag(
          "mail.starttls", "smtp:// servers must offer TLS; false for a relay on this machine",
          [](Config & c) -> auto& { return c.mail.starttls; }),
      text(
          "mail.ca_file", "PEM file of certificates trusted instead of the system's",
          [](Config & c) -> auto& { return c.mail.ca_file; }),
  };
}

std::vector<Setting> http_settings() {
  return {
      list(
          "http.listen", "addresses", "ADDRESS:PORT of the page and the API",
          [](Config & c) -> auto& { return c.http.listen; }),
      text(
          "http.operations",
          "ADDRESS:PORT of /healthz, /readyz and /metrics; empty: on http.listen, for this machine only",
          [](Config & c) -> auto& { return c.operations; }),
      list(
          "http.trusted_proxies", "addresses or networks",
          "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
          [](Config & c) -> auto& { return c.http.trusted_proxies; }),
      duration<milliseconds>(
          "http.header_timeout_ms", "milliseconds", 100, 600'000,
          "From the first byte of a request to the end of its header",
          [](Config & c) -> auto& { return c.http.header_timeout; }),
      duration<milliseconds>(
          "http.body_timeout_ms", "milliseconds", 100, 3'600'000,
          "From the end of a request's header to the end of its body",
          [](Config & c) -> auto& { return c.http.body_timeout; }),
      duration<milliseconds>(
          "http.stall_timeout_ms", "milliseconds", 1'000, 3'600'000,
          "A client that takes no byte for so long is cut",
          [](Config & c) -> auto& { return c.http.stall_timeout; }),
      number(
          "http.connections", "connections", 1, 1'000'000, "Open connections at once",
          [](Config & c) -> auto& { return c.http.connections; }),
      number(
          "http.connections_per_address", "connections", 1, 1'000'000,
          "Open connections at once from one address; this machine and trusted proxies may have 4096",
          [](Config & c) -> auto& { return c.http.connections_per_address; }),
      number(
          "http.net_threads", "threads", 0, 256,
          "Threads that read requests and send answers; 0: one for every four processors",
          [](Config & c) -> auto& { return c.net.threads; }),
      number(
          "http.pooled_threads", "threads", 1, 256,
          "Threads that answer requests which may wait for disk or database",
          [](Config & c) -> auto& { return c.http.pooled_threads; }),
      number(
          "http.decode_threads", "threads", 0, 256, "Threads that decode pictures; 0: processors - 1",
          [](Config & c) -> auto& { return c.http.decode_threads; }),
  };
}

std::vector<Setting> archive_settings() {
  return {
      text(
          "archive.folder", "Folder of footage; empty: 'archive' in the data folder",
          [](Config & c) -> auto& { return c.archive.folder; }),
      duration<seconds>(
          "archive.sync_seconds", "seconds", 0, 3600,
          "Losing power loses at most so much; 0: every fragment is synced",
          [](Config & c) -> auto& { return c.archive.sync_interval; }),
      number(
          "archive.buffer_bytes", "bytes", 4 << 20, unlimited,
          "Footage of one channel that waits for the disk at most; beyond, it is dropped and shown as a gap",
          [](Config & c) -> auto& { return c.archive.buffer_bytes; }),
      number(
          "archive.min_free_bytes", "bytes", 0, unlimited,
          "The oldest footage is deleted before the volume has less free space than this",
          [](Config & c) -> auto& { return c.archive.min_free_bytes; }),
      flag(
          "archive.direct_io", "Write around the page cache where the volume allows",
          [](Config & c) -> auto& { return c.archive.direct_io; }),
      number(
          "archive.disk_threads", "threads", 1, 64, "Threads that write and sync",
          [](Config & c) -> auto& { return c.archive.disk_threads; }),
  };
}

std::vector<Setting> ingest_settings() {
  return {
      flag(
          "ingest.allow_private", "Sources may be at private, loopback and link-local addresses",
          [](Config & c) -> auto& { return c.ingest.allow_private; }),
      duration<milliseconds>(
          "ingest.first_retry_ms", "milliseconds", 100, 3'600'000,
          "Pause before the first reconnection; doubles from there",
          [](Config & c) -> auto& { return c.ingest.first_retry; }),
      duration<milliseconds>(
          "ingest.max_retry_ms", "milliseconds", 100, 3'600'000, "Longest pause between reconnections",
          [](Config & c) -> auto& { return c.ingest.max_retry; }),
      duration<milliseconds>(
          "ingest.open_timeout_ms", "milliseconds", 100, 600'000, "Time to connect to a source",
          [](Config & c) -> auto& { return c.ingest.open_timeout; }),
      duration<milliseconds>(
          "ingest.read_timeout_ms", "milliseconds", 100, 600'000,
          "A source that is silent for so long is lost",
          [](Config & c) -> auto& { return c.ingest.read_timeout; }),
      duration<milliseconds>(
          "ingest.max_fragment_ms", "milliseconds", 500, 10'000,
          "Fragments inside a longer distance of keyframes are cut at this length",
          [](Config & c) -> auto& { return c.ingest.max_fragment; }),
  };
}

std::vector<Setting> playback_settings() {
  return {
      duration<hours>(
          "playback.max_mp4_hours", "hours", 1, 168, "Longest range given as one MP4",
          [](Config & c) -> auto& { return c.playback.max_mp4; }),
      duration<hours>(
          "playback.max_hls_hours", "hours", 1, 168, "Longest range given as one HLS playlist",
          [](Config & c) -> auto& { return c.playback.max_hls; }),
      duration<seconds>(
          "playback.live_window_seconds", "seconds", 6, 3600, "Length of a live HLS playlist",
          [](Config & c) -> auto& { return c.playback.live_window; }),
      number(
          "playback.still_cache_bytes", "bytes", 0, unlimited, "Memory for encoded pictures",
          [](Config & c) -> auto& { return c.playback.still_cache_bytes; }),
      number(
          "playback.sprite_cache_bytes", "bytes", 0, unlimited, "Memory for encoded sprite sheets",
          [](Config & c) -> auto& { return c.playback.sprite_cache_bytes; }),
  };
}

std::vector<Setting> desk_settings() {
  using std::chrono::minutes;
  return {
      text(
          "blobs.folder",
          "Folder of what is kept for good (clips, screenshots); empty: 'blobs' in the data folder",
          [](Config & c) -> auto& { return c.blobs; }),
      number(
          "jobs.threads", "threads", 1, 64,
          "Threads of low priority for work that takes long, such as cutting clips: so many at once",
          [](Config & c) -> auto& { return c.jobs.threads; }),
      duration<minutes>(
          "clips.longest_minutes", "minutes", 1, 1440, "Longest clip",
          [](Config & c) -> auto& { return c.clips.longest; }),
      number(
          "clips.waiting", "clips", 1, 10'000,
          "Clips of one organization that are being cut or wait for it at most; more are refused",
          [](Config & c) -> auto& { return c.clips.waiting; }),
      number(
          "clips.bytes_per_second", "bytes", 0, unlimited,
          "Each clip is written no faster than this, so that recording never waits for it; 0: as fast as it "
          "goes",
          [](Config & c) -> auto& { return c.clips.bytes_per_second; }),
      duration<std::chrono::days>(
          "desk.minute_retention_days", "days", 1, 3650,
          "Who watched what, minute by minute, is forgotten after this",
          [](Config & c) -> auto& { return c.coverage.keep; }),
  };
}

}  // namespace longtake::app
