#pragma once
// Every setting: key, type, default, meaning. One table feeds the TOML file, the environment, `--set`, the
// example file and its test. Flags win over environment (LONGTAKE_...) over the file over defaults.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace longtake::app {

/// One setting. Values are text here: as typed after `=` without quotes.
struct Setting {
  std::string key;      ///< "ingest.allow_private"
  std::string unit;     ///< "seconds", "bytes", "true or false", "text", ...
  std::string meaning;  ///< one line
  std::function<Status(Config&, const std::string& value)> set;
  std::function<std::string(const Config&)> get;
  bool list = false;  ///< comma-separated in text, an array in TOML
  bool text = false;  ///< quoted in TOML
};

const std::vector<Setting>& settings();

/// "ingest.allow_private" -> "LONGTAKE_INGEST_ALLOW_PRIVATE".
std::string environment_name(const std::string& key);

/// Applies one value. Error invalid names the key; an unknown key is told with the nearest valid one.
Status apply_setting(Config& config, const std::string& key, const std::string& value);

struct ConfigSources {
  std::optional<std::string> file;                 ///< TOML
  std::map<std::string, std::string> environment;  ///< only LONGTAKE_... matter
  std::vector<std::pair<std::string, std::string>> flags;
};
/// Defaults, then file, environment, flags. Errors name the file and line, or the variable.
Result<Config> load_config(const ConfigSources& sources);

/// config/example.toml: every setting with its default, commented out, unit and meaning above it.
std::string example_toml();

}  // namespace longtake::app
