#include "app/settings.h"

#include <algorithm>

#include "app/setting_kinds.h"
#include "base/nearest.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace longtake::app {
namespace {

/// The provider that "openid.NAME.field" names; "example" when it is none.
std::string provider_of(const std::string& key) {
  const auto first = key.find('.'), last = key.rfind('.');
  const auto name = last > first ? key.substr(first + 1, last - first - 1) : std::string{};
  const bool plain =
      !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      });
  return plain ? name : "example";
}

/// The settings there are, when somebody means `key`.
std::vector<Setting> settings_beside(const std::string& key) {
  auto all = settings();
  if (key.starts_with("openid."))
    for (auto& setting : openid_settings(provider_of(key)))
      all.push_back(std::move(setting));
  return all;
}

std::string nearest_key(const std::string& key) {
  const auto all = settings_beside(key);
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const auto& setting : all)
    names.push_back(setting.key);
  return std::string{nearest_name(key, names)};
}

std::optional<Setting> find_setting(const std::string& key) {
  for (auto& setting : settings_beside(key))
    if (setting.key == key) return std::move(setting);
  return {};
}

/// "LONGTAKE_OPENID_COMPANY_CLIENT_ID" -> "openid.company.client_id"; other names as their nearest key could
/// be.
std::string key_of_environment(const std::string& name) {
  for (const auto& setting : settings())
    if (environment_name(setting.key) == name) return setting.key;
  std::string key = name.substr(std::string_view{"LONGTAKE_"}.size());
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!key.starts_with("openid_")) return key;
  key[6] = '.';
  for (const auto& setting : openid_settings("x")) {
    const auto field = setting.key.substr(std::string_view{"openid.x"}.size());
    const auto tail = "_" + field.substr(1);
    if (key.ends_with(tail)) return key.substr(0, key.size() - tail.size()) + field;
  }
  return key;
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
    const auto key = key_of_environment(name);
    const auto found = find_setting(key);
    if (!found)
      return make_error(Code::invalid, "environment variable {} is no setting; the nearest is {}", name,
                        environment_name(nearest_key(key)));
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

/// What settings need of each other.
Status check_site(Config& config) {
  LT_CHECK(io::check_mail_options(config.mail));
  if (!config.mail.server.empty() && config.site_url.empty())
    return make_error(Code::invalid, "mail.server needs site.url: links in e-mails begin with it");
  std::erase_if(config.openid, [](const auto& one) { return one == access::OpenIdSettings{.id = one.id}; });
  for (const auto& provider : config.openid) {
    LT_CHECK(access::check_openid_settings(provider));
    if (config.site_url.empty())
      return make_error(Code::invalid, "openid.{} needs site.url: the provider sends browsers back there",
                        provider.id);
  }
  return {};
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> out;
    for (auto* part : {general_settings, site_settings, http_settings, archive_settings, ingest_settings,
                       playback_settings, desk_settings})
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
  const auto found = find_setting(key);
  if (!found)
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
  LT_CHECK(check_site(config));
  if (config.archive.folder.empty()) config.archive.folder = config.data + "/archive";
  if (config.blobs.empty()) config.blobs = config.data + "/blobs";
  return config;
}

std::string example_toml() {
  const Config defaults;
  std::string out =
      "# Every setting of Longtake with its default. Uncomment what you change.\n"
      "# Flags win over environment variables (LONGTAKE_ARCHIVE_SYNC_SECONDS=2), which win over this file.\n";
  std::string table;
  for (const auto& setting : settings_beside("openid.company.issuer")) {
    const auto dot = setting.key.rfind('.');
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
