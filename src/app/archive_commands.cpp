#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "app/catalogue.h"
#include "app/commands.h"
#include "archive/maintenance.h"
#include "desk/check.h"
#include "ingest/import.h"
#include "io/file.h"
#include "media/ffmpeg/reader.h"

namespace longtake::app {
namespace {

namespace json = boost::json;

Result<std::vector<archive::Finding>> run_check(const CommandContext& context, bool repair) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(auto findings, archive::check(context.config.archive, catalogue->database(), context.clock,
                                       context.log, {.repair = repair}));
  LT_TRY(const auto blobs,
         storage::blobs::open_local_volume({.folder = context.config.blobs, .direct_io = false}));
  const bool server_runs = !archive::lock_archive(context.config.archive).ok();
  LT_TRY(auto kept, desk::check_blobs(*blobs, catalogue->database(), context.clock,
                                      {.repair = repair, .server_runs = server_runs}));
  findings.insert(findings.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  return findings;
}

Result<archive::Rebuilt> run_rebuild(const CommandContext& context) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  return archive::rebuild(context.config.archive, catalogue->database(), context.clock, context.log);
}

Status write_body(const media::SliceList& body, const io::Path& path) {
  constexpr std::uint64_t piece = 4 << 20;
  LT_TRY(const Fd file, io::open_file(path, {.access = io::Access::write, .create = io::Create::truncate}));
  for (std::uint64_t at = 0; at < body.size(); at += piece) {
    LT_TRY(const auto bytes, body.sub(at, std::min(piece, body.size() - at)).read_all());
    LT_CHECK(io::write_at(file, at, bytes));
  }
  return io::sync_all(file);
}

/// A few megabytes at a time, through a temporary name: a file of the wanted name is whole, and nothing is
/// left of one that failed.
Status write_file(const media::SliceList& body, const std::string& path) {
  const io::Path partial = path + ".partial";
  auto written = write_body(body, partial);
  if (written) written = io::rename_file(partial, path);
  if (!written) (void)io::remove_file(partial);
  if (!written) return std::move(written).error().while_doing(fmt::format("writing {}", path));
  return {};
}

Result<std::uint64_t> run_export(const CommandContext& context, const ExportArguments& arguments) {
  LT_TRY(const auto from, parse_rfc3339(arguments.from), "reading FROM");
  LT_TRY(const auto to, parse_rfc3339(arguments.to), "reading TO");
  if (to <= from) return make_error(Code::invalid, "TO must be after FROM");
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  LT_TRY(const auto channel, find_channel(*catalogue, organization, arguments.channel));
  LT_TRY(const auto reader,
         archive::open_reader(context.config.archive, catalogue->database(), context.clock, context.log));
  auto options = context.config.playback;
  options.max_mp4 = std::chrono::hours{24 * 366};
  const playback::Playback playback{options, *reader, context.clock, context.log};
  LT_TRY(const auto view, playback.mp4(channel.id, {.range = {from, to}}));
  LT_CHECK(write_file(view.body, arguments.output));
  record(
      context, *catalogue,
      {.organization = organization,
       .action = "footage.download",
       .thing = "channel",
       .thing_id = to_string(channel.id),
       .after = json::serialize(json::object{{"from", format_rfc3339(from)}, {"to", format_rfc3339(to)}})});
  return view.body.size();
}

Result<ingest::Imported> run_import(const CommandContext& context, const ImportArguments& arguments) {
  LT_TRY(const auto at, parse_rfc3339(arguments.at), "reading --at");
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  LT_TRY(const auto channel, find_channel(*catalogue, organization, arguments.channel));
  media::ffmpeg::configure_libav(context.log);
  LT_TRY(const auto archive,
         archive::Archive::open(context.config.archive, catalogue->database(), context.clock, context.log));
  return ingest::import_file(*archive,
                             {.channel = channel.id,
                              .file = arguments.file,
                              .at = at,
                              .segment_length = channel.settings.segment_length},
                             context.clock, context.log);
}

}  // namespace

int check(const CommandContext& context, bool repair) {
  const auto findings = run_check(context, repair);
  if (!findings) return fail(findings.error());
  std::size_t open = 0;
  json::array items;
  for (const auto& finding : *findings) {
    open += !finding.repaired;
    if (context.json)
      items.push_back(
          {{"thing", finding.thing}, {"problem", finding.problem}, {"repaired", finding.repaired}});
    else
      fmt::print("{}: {}{}\n", finding.thing, finding.problem, finding.repaired ? " (repaired)" : "");
  }
  if (context.json)
    fmt::print("{}\n", json::serialize(items));
  else
    fmt::print("{} found, {} left\n", findings->size(), open);
  return open == 0 ? 0 : 1;
}

int rebuild(const CommandContext& context) {
  const auto rebuilt = run_rebuild(context);
  if (!rebuilt) return fail(rebuilt.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"segments", rebuilt->segments},
                                                    {"channels", rebuilt->channels},
                                                    {"unreadable", rebuilt->unreadable}}));
  else
    fmt::print("{} segments of {} channels; {} files unreadable\n", rebuilt->segments, rebuilt->channels,
               rebuilt->unreadable);
  return 0;
}

int export_range(const CommandContext& context, const ExportArguments& arguments) {
  const auto bytes = run_export(context, arguments);
  if (!bytes) return fail(bytes.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"file", arguments.output}, {"bytes", *bytes}}));
  else
    fmt::print("wrote {} ({} bytes)\n", arguments.output, *bytes);
  return 0;
}

int import_recording(const CommandContext& context, const ImportArguments& arguments) {
  const auto imported = run_import(context, arguments);
  if (!imported) return fail(imported.error());
  const auto from = format_rfc3339(imported->range.from), to = format_rfc3339(imported->range.to);
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"file", arguments.file}, {"from", from}, {"to", to}}));
  else
    fmt::print("imported {}: {} to {}\n", arguments.file, from, to);
  return 0;
}

}  // namespace longtake::app
