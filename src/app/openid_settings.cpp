// Settings whose keys hold a name: providers that people sign in with.
#include <algorithm>

#include "app/setting_kinds.h"

namespace longtake::app {
namespace {

using Field = std::string access::OpenIdSettings::*;

Setting provider_text(const std::string& name, std::string_view key, std::string meaning, Field field) {
  const auto is_it = [name](const access::OpenIdSettings& provider) { return provider.id == name; };
  return {.key = fmt::format("openid.{}.{}", name, key),
          .unit = "text",
          .meaning = std::move(meaning),
          .set = [=](Config& c, const std::string& value) -> Status {
            auto found = std::find_if(c.openid.begin(), c.openid.end(), is_it);
            if (found == c.openid.end()) found = c.openid.insert(found, {.id = name});
            (*found).*field = value;
            return {};
          },
          .get =
              [=](const Config& c) {
                const auto found = std::find_if(c.openid.begin(), c.openid.end(), is_it);
                return found == c.openid.end() ? std::string{} : (*found).*field;
              },
          .text = true};
}

}  // namespace

std::vector<Setting> openid_settings(const std::string& name) {
  return {
      provider_text(name, "issuer",
                    "Address of an OpenID Connect provider, as it writes it itself; its way back is "
                    "site.url/api/v1/openid/NAME/callback",
                    &access::OpenIdSettings::issuer),
      provider_text(name, "client_id", "What the provider calls this site", &access::OpenIdSettings::client),
      provider_text(name, "client_secret", "What the provider gave this site to prove itself; empty: nothing",
                    &access::OpenIdSettings::secret),
      provider_text(name, "label", "What the button on the sign-in page says; empty: the name",
                    &access::OpenIdSettings::label),
  };
}

}  // namespace longtake::app
