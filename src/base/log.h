#pragma once
// Logs are a fixed phrase and fields: log.info("segment closed", {{"channel", id}, {"bytes", n}});
// error: someone must act; warn: we recovered; info: state changed; debug: the rest.
// Never a secret, never a URL with credentials (see redact_url).

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace longtake {

enum class LogLevel { debug, info, warn, error };

struct LogField {
  template <class T>
  LogField(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
  std::string_view key;
  std::string value;
};

/// Where lines go. Thread-safe; passed in, never global.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view phrase, Fields fields) = 0;
  virtual bool enabled(LogLevel level) const = 0;

  void debug(std::string_view phrase, Fields fields = {}) { line(LogLevel::debug, phrase, fields); }
  void info(std::string_view phrase, Fields fields = {}) { line(LogLevel::info, phrase, fields); }
  void warn(std::string_view phrase, Fields fields = {}) { line(LogLevel::warn, phrase, fields); }
  void error(std::string_view phrase, Fields fields = {}) { line(LogLevel::error, phrase, fields); }

 private:
  void line(LogLevel level, std::string_view phrase, Fields fields) {
    if (enabled(level)) write(level, phrase, fields);
  }
};

/// Writes `2026-11-21T10:31:02.040Z info segment closed channel=7 bytes=...` lines to standard error.
std::unique_ptr<Log> make_stderr_log(LogLevel threshold);

/// Swallows everything: for tests.
std::unique_ptr<Log> make_null_log();

/// The address without user, password, and without values of query keys that look like secrets.
std::string redact_url(std::string_view url);

}  // namespace longtake
