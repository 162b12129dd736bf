#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/encode.h"
#include "app/catalogue.h"
#include "app/commands.h"
#include "media/ffmpeg/reader.h"

namespace longtake::app {
namespace {

namespace json = boost::json;

json::object row_json(const archive::Channel& channel) {
  const auto shown = api::public_url(channel.settings.source_url);
  return {{"id", to_string(channel.id)},
          {"name", channel.settings.name},
          {"source", {{"url", shown.url}, {"kind", api::source_kind(channel.settings.source_url)}}},
          {"segmentSeconds", channel.settings.segment_length.count()},
          {"enabled", channel.enabled},
          {"createdAt", format_rfc3339(channel.created)}};
}

void record_channel(const CommandContext& context, Catalogue& catalogue, const archive::Channel& channel,
                    std::string action) {
  record(context, catalogue,
         {.organization = channel.organization,
          .action = std::move(action),
          .thing = "channel",
          .thing_id = to_string(channel.id)});
}

Result<archive::Channel> add(const CommandContext& context, const ChannelArguments& arguments) {
  LT_CHECK(ingest::check_address(arguments.url));
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  auto channel = catalogue->channels().create(
      organization, {.name = arguments.name,
                     .source_url = arguments.url,
                     .segment_length = std::chrono::seconds{arguments.segment_seconds}});
  if (channel) record_channel(context, *catalogue, *channel, "channel.create");
  return channel;
}

Result<std::vector<archive::Channel>> list(const CommandContext& context, const ChannelArguments& arguments) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  std::vector<archive::Channel> all;
  for (ChannelId after;;) {
    LT_TRY(auto page, catalogue->channels().list(organization, after, 200));
    if (page.empty()) return all;
    after = page.back().id;
    for (auto& channel : page)
      all.push_back(std::move(channel));
  }
}

Result<archive::Channel> remove(const CommandContext& context, const ChannelArguments& arguments) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  LT_TRY(auto channel, find_channel(*catalogue, organization, arguments.name));
  LT_CHECK(catalogue->channels().remove(organization, channel.id));
  record_channel(context, *catalogue, channel, "channel.remove");
  return channel;
}

void print_report(const ingest::SourceReport& report) {
  fmt::print("protocol  {}\n", report.protocol);
  if (const auto& v = report.tracks.video)
    fmt::print("picture   {} {}x{} {:.2f} frames/s\n", media::to_string(v->codec), v->width, v->height,
               report.frame_rate);
  if (const auto& a = report.tracks.audio)
    fmt::print("sound     {} {} Hz {} channels\n", media::to_string(a->codec), a->sample_rate, a->channels);
  if (report.gop.count() > 0) fmt::print("keyframes every {} ms\n", report.gop.count());
  fmt::print("bit rate  {} kbit/s\n", report.bit_rate / 1000);
  for (const auto& note : report.notes)
    fmt::print("note      {}\n", note);
}

}  // namespace

Result<archive::Channel> find_channel(Catalogue& catalogue, OrganizationId organization,
                                      const std::string& name_or_id) {
  auto by_name = catalogue.channels().get_by_name(organization, name_or_id);
  if (by_name || by_name.error().code() != Code::not_found) return by_name;
  if (const auto id = parse_id<ChannelId>(name_or_id)) return catalogue.channels().get(organization, *id);
  return by_name;
}

int channel_add(const CommandContext& context, const ChannelArguments& arguments) {
  const auto channel = add(context, arguments);
  if (!channel) return fail(channel.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(row_json(*channel)));
  else
    fmt::print("added channel {} ({})\n", channel->settings.name, channel->id);
  return 0;
}

int channel_list(const CommandContext& context, const ChannelArguments& arguments) {
  const auto channels = list(context, arguments);
  if (!channels) return fail(channels.error());
  json::array items;
  for (const auto& channel : *channels) {
    if (context.json)
      items.push_back(row_json(channel));
    else
      fmt::print("{}\t{}\t{}\t{}\n", channel.id, channel.settings.name, channel.enabled ? "on" : "stopped",
                 redact_url(channel.settings.source_url));
  }
  if (context.json) fmt::print("{}\n", json::serialize(items));
  return 0;
}

int channel_test(const CommandContext& context, const ChannelArguments& arguments) {
  media::ffmpeg::configure_libav(context.log);
  const auto report =
      ingest::test_source(context.config.ingest, {.url = arguments.url}, context.clock, context.log, {});
  if (!report) return fail(report.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(api::report_json(*report)));
  else
    print_report(*report);
  return 0;
}

int channel_remove(const CommandContext& context, const ChannelArguments& arguments) {
  const auto channel = remove(context, arguments);
  if (!channel) return fail(channel.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(row_json(*channel)));
  else
    fmt::print("removed channel {}; a running server deletes its footage\n", channel->settings.name);
  return 0;
}

}  // namespace longtake::app
