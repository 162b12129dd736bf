#pragma once
// What pages are told of channels, whoever changed them.

#include "api/context.h"

namespace longtake::api {

/// The state of a channel, for everybody who may see it.
EventHub::News news_of(Context& context, const archive::Channel& channel);
void publish_channel(Context& context, const archive::Channel& channel);

/// That it is gone: the last that is told of it.
void publish_channel_removed(Context& context, OrganizationId organization, ChannelId id);

}  // namespace longtake::api
