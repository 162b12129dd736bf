#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

namespace longtake {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Quotes a value that a reader of key=value lines would split or a terminal would obey.
std::string quoted(const std::string& value) {
  constexpr std::string_view special = " \"=\\";
  bool plain = !value.empty();
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || special.find(c) != std::string_view::npos)
      plain = false;
  if (plain) return value;
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

class SpdlogLog final : public Log {
 public:
  explicit SpdlogLog(LogLevel threshold)
      : logger_("longtake", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(to_spdlog(threshold));
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger_.flush_on(spdlog::level::debug);
  }
  void write(LogLevel level, std::string_view phrase, Fields fields) override {
    std::string line{phrase};
    for (const auto& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      line += quoted(field.value);
    }
    logger_.log(to_spdlog(level), "{}", line);
  }
  bool enabled(LogLevel level) const override { return logger_.should_log(to_spdlog(level)); }

 private:
  spdlog::logger logger_;
};

class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, Fields) override {}
  bool enabled(LogLevel) const override { return false; }
};

/// Values of these query keys open doors.
bool is_secret_key(std::string_view key) {
  constexpr std::array<std::string_view, 12> words = {"token", "key",  "pass", "pwd",  "secret",  "sig",
                                                      "auth",  "hash", "sid",  "cred", "session", "streamid"};
  std::string lower;
  for (const char c : key)
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const auto word : words)
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

std::string redact_query(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && is_secret_key(pair.substr(0, equals)))
      out += std::string{pair.substr(0, equals)} + "=***";
    else
      out += pair;
    if (end < query.size()) out += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogLevel threshold) {
  return std::make_unique<SpdlogLog>(threshold);
}
std::unique_ptr<Log> make_null_log() {
  return std::make_unique<NullLog>();
}

std::string redact_url(std::string_view url) {
  std::string out;
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    out = url.substr(0, scheme + 3);
    url.remove_prefix(scheme + 3);
    // A password with a slash in it ends behind what looks like the host.
    const auto last_at = std::min(url.rfind('@'), url.size());
    const bool password = url.substr(0, last_at).find(':') != std::string_view::npos;
    const auto authority = password ? url : url.substr(0, url.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos && at > 0) {
      out += "***@";
      url.remove_prefix(at + 1);
    }
  }
  const auto question = url.find('?');
  out += url.substr(0, question);
  if (question != std::string_view::npos) out += "?" + redact_query(url.substr(question + 1));
  return out;
}

}  // namespace longtake
