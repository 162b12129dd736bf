#pragma once
// Kinds of settings: how a number, a duration, a flag, a text or a list of texts is read into its place in
// Config and told again. Internal to app.

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "app/settings.h"

namespace longtake::app {

Result<std::int64_t> parse_integer(const std::string& value, std::int64_t least, std::int64_t most);
Result<bool> parse_bool(const std::string& value);
/// "a, b" -> {"a", "b"}.
std::vector<std::string> split_list(const std::string& value);
std::string join_list(const std::vector<std::string>& items);

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

/// The table, part by part.
std::vector<Setting> general_settings();
std::vector<Setting> site_settings();
/// Of one provider: "openid.NAME.issuer" and so on. Reading does not make the provider, setting does.
std::vector<Setting> openid_settings(const std::string& name);
std::vector<Setting> http_settings();
std::vector<Setting> archive_settings();
std::vector<Setting> ingest_settings();
std::vector<Setting> playback_settings();
std::vector<Setting> desk_settings();

}  // namespace longtake::app
