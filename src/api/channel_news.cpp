#include "api/channel_news.h"

#include <boost/json/serialize.hpp>

#include "api/encode.h"

namespace longtake::api {
namespace {

std::string key_of(ChannelId id) {
  return "channel/" + to_string(id);
}

}  // namespace

EventHub::News news_of(Context& context, const archive::Channel& channel) {
  const auto facts = gather(channel, context.supervisor, context.archive);
  return {.organization = channel.organization,
          .event = "channel",
          .key = key_of(channel.id),
          .data = boost::json::serialize(channel_json(facts))};
}

void publish_channel(Context& context, const archive::Channel& channel) {
  context.events.publish({news_of(context, channel)});
}

void publish_channel_removed(Context& context, OrganizationId organization, ChannelId id) {
  context.pages.forget();
  context.events.publish_last(organization, "channel-removed", key_of(id),
                              fmt::format("{{\"id\":\"{}\"}}", id));
}

}  // namespace longtake::api
