#include "app/settings.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "base/nearest.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace longtake::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Result<std::int64_t> parse_integer(const std::string& value, std::int64_t least, std::int64_t most) {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (ec != std::errc{} || end != value.data() + value.size() || n < least || n > most)
    return make_error(Code::invalid, "'{}' is not a whole number from {} to {}", value, least, most);
  return n;
}

Result<bool> parse_bool(const std::string& value) {
  if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
  if (value == "false" || value == "0" || value == "no" || value == "off") return false;
  return make_error(Code::invalid, "'{}' is neither true nor false", value);
}

std::vector<std::string> split_list(const std::string& value) {
  std::vector<std::string> out;
  std::string item;
  for (const char c : value + ",") {
    if (c == ',') {
      if (!item.empty()) out.push_back(item);
      item.clear();
    } else if (c != ' ' || !item.empty()) {
      item += c;
    }
  }
  return out;
}

std::string join_list(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items)
    out += (out.empty() ? "" : ",") + item;
  return out;
}

template <class Access>
Setting number(std::string key, std::string unit, std::int64_t least, std::int64_t most, std::string meaning,
               Access access) {
  return {.key = std::move(key),
          .unit = std::move(unit),
          .meaning = std::move(meaning),
          .set = [=](Config& c, const std::string& value) -> Status {
            LT_TRY(const auto n, parse_integer(value, least, most));
            access(c) = static_cast<std::remove_reference_t<decltype(access(c))>>(n);
            return {};
          },
          .get = [=](const Config& c) { return std::to_string(access(const_cast<Config&>(c))); }};
}

/// A duration stored in `access(c)`, written as a whole number of Unit.
template <class Unit, class Access>
Setting duration(std::string key, std::string unit, std::int64_t least, std::int64_t most,
                 std::string meaning, Access access) {
  return {
      .key = std::move(key),
      .unit = std::move(unit),
      .meaning = std::move(meaning),
      .set = [=](Config& c, const std::string& value) -> Status {
        LT_TRY(const auto n, parse_integer(value, least, most));
        access(c) = Unit{n};
        return {};
      },
      .get =
          [=](const Config& c) {
            return std::to_string(std::chrono::duration_cast<Unit>(access(const_cast<Config&>(c))).count());
          }};
}

template <class Access>
Setting flag(std::string key, std::string meaning, Access access) {
  return {.key = std::move(key),
          .unit = "true or false",
          .meaning = std::move(meaning),
          .set = [=](Config& c, const std::string& value) -> Status {
            LT_TRY(access(c), parse_bool(value));
            return {};
          },
          .get = [=](const Config& c) { return access(const_cast<Config&>(c)) ? "true" : "false"; }};
}

template <class Access>
Setting text(std::string key, std::string meaning, Access access) {
  return {.key = std::move(key),
          .unit = "text",
          .meaning = std::move(meaning),
          .set = [=](Config& c, const std::string& value) -> Status {
            access(c) = value;
            return {};
          },
          .get = [=](const Config& c) { return access(const_cast<Config&>(c)); },
          .text = true};
}

template <class Access>
Setting list(std::string key, std::string unit, std::string meaning, Access access) {
  return {.key = std::move(key),
          .unit = std::move(unit),
          .meaning = std::move(meaning),
          .set = [=](Config& c, const std::string& value) -> Status {
            access(c) = split_list(value);
            return {};
          },
          .get = [=](const Config& c) { return join_list(access(const_cast<Config&>(c))); },
          .list = true};
}

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

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

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
          "http.stall_timeout_ms", "milliseconds", 1'000, 3'600'000,
          "A client that takes no byte for so long is cut",
          [](Config & c) -> auto& { return c.http.stall_timeout; }),
      number(
          "http.connections", "connections", 1, 1'000'000, "Open connections at once",
          [](Config & c) -> auto& { return c.http.connections; }),
      number(
          "http.connections_per_address", "connections", 1, 1'000'000,
          "Open connections at once from one address",
          [](Config & c) -> auto& { return c.http.connections_per_address; }),
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

std::string nearest_key(const std::string& key) {
  std::vector<std::string_view> names;
  for (const auto& setting : settings())
    names.push_back(setting.key);
  return std::string{nearest_name(key, names)};
}

Result<std::string> toml_text(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return std::to_string(i->get());
  if (const auto* b = node.as_boolean()) return std::string{b->get() ? "true" : "false"};
  if (const auto* a = node.as_array()) {
    std::vector<std::string> items;
    for (const auto& item : *a) {
      LT_TRY(auto one, toml_text(item));
      items.push_back(std::move(one));
    }
    return join_list(items);
  }
  return make_error(Code::invalid, "a text, whole number, true, false or an array of texts is expected");
}

Status apply_table(Config& config, const std::string& file, const std::string& prefix,
                   const toml::table& table) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string{name.str()};
    if (const auto* inner = node.as_table()) {
      LT_CHECK(apply_table(config, file, key + ".", *inner));
      continue;
    }
    const auto where = fmt::format("{}:{}", file, node.source().begin.line);
    auto value = toml_text(node);
    if (!value) return make_error(Code::invalid, "{}: {}: {}", where, key, value.error().text());
    if (auto status = apply_setting(config, key, *value); !status)
      return make_error(Code::invalid, "{}: {}", where, status.error().text());
  }
  return {};
}

Status apply_file(Config& config, const std::string& file) {
  const auto parsed = toml::parse_file(file);
  if (!parsed) {
    const auto& error = parsed.error();
    const auto line = error.source().begin.line;
    if (line == 0) return make_error(Code::not_found, "{}: {}", file, error.description());
    return make_error(Code::invalid, "{}:{}: {}", file, line, error.description());
  }
  return apply_table(config, file, "", parsed.table());
}

Status apply_environment(Config& config, const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("LONGTAKE_")) continue;
    const auto& all = settings();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& s) { return environment_name(s.key) == name; });
    if (found == all.end()) {
      std::string key = name.substr(9);
      std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
      return make_error(Code::invalid, "environment variable {} is no setting; the nearest is {}", name,
                        environment_name(nearest_key(key)));
    }
    if (auto status = found->set(config, value); !status)
      return make_error(Code::invalid, "environment variable {}: {}", name, status.error().text());
  }
  return {};
}

std::string toml_value(const Setting& setting, const std::string& value) {
  const auto quote = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  };
  if (setting.text) return quote(value);
  if (!setting.list) return value;
  std::string out;
  for (const auto& item : split_list(value))
    out += (out.empty() ? "" : ", ") + quote(item);
  return "[" + out + "]";
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> out;
    for (auto* part : {general_settings, http_settings, archive_settings, ingest_settings, playback_settings})
      for (auto& setting : part())
        out.push_back(std::move(setting));
    return out;
  }();
  return all;
}

std::string environment_name(const std::string& key) {
  std::string out = "LONGTAKE_";
  for (const char c : key)
    out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

Status apply_setting(Config& config, const std::string& key, const std::string& value) {
  const auto& all = settings();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.key == key; });
  if (found == all.end())
    return make_error(Code::invalid, "'{}' is no setting; the nearest is '{}'", key, nearest_key(key));
  auto status = found->set(config, value);
  if (!status) return make_error(Code::invalid, "{}: {}", key, status.error().text());
  return {};
}

Result<Config> load_config(const ConfigSources& sources) {
  Config config;
  if (sources.file) LT_CHECK(apply_file(config, *sources.file));
  LT_CHECK(apply_environment(config, sources.environment));
  for (const auto& [key, value] : sources.flags)
    LT_CHECK(apply_setting(config, key, value));
  if (config.archive.folder.empty()) config.archive.folder = config.data + "/archive";
  return config;
}

std::string example_toml() {
  const Config defaults;
  std::string out =
      "# Every setting of Longtake with its default. Uncomment what you change.\n"
      "# Flags win over environment variables (LONGTAKE_ARCHIVE_SYNC_SECONDS=2), which win over this file.\n";
  std::string table;
  for (const auto& setting : settings()) {
    const auto dot = setting.key.find('.');
    const std::string room = dot == std::string::npos ? "" : setting.key.substr(0, dot);
    if (room != table) {
      out += "\n[" + room + "]\n";
      table = room;
    }
    out += fmt::format("\n# {} ({}).\n# {} = {}\n", setting.meaning, setting.unit,
                       dot == std::string::npos ? setting.key : setting.key.substr(dot + 1),
                       toml_value(setting, setting.get(defaults)));
  }
  return out;
}

}  // namespace longtake::app
