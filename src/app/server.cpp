#include "app/server.h"

#include <filesystem>
#include <mutex>
#include <tuple>

#include "api/clip_json.h"
#include "api/context.h"
#include "app/catalogue.h"
#include "app/house.h"
#include "app/operations.h"
#include "desk/clip_cutter.h"
#include "http/problem.h"
#include "http/static_files.h"
#include "io/executor.h"
#include "io/outbox.h"

namespace longtake::app {
namespace {

using namespace std::chrono_literals;

/// When the program ends, from the moment it is told to: answers under way are cut after this long,
constexpr auto patience = 3s;
/// and handlers that do not stop then are given up.
constexpr auto last_patience = 2s;

/// The folder with the built page: as set, or where packages and build trees put it.
std::string find_web_folder(const std::string& configured) {
  if (!configured.empty()) return configured;
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path();
  for (const auto& candidate : {program / "../share/longtake/web", program / "../../../web/dist"})
    if (std::filesystem::exists(candidate / "index.html", ec))
      return std::filesystem::canonical(candidate, ec).string();
  return {};
}

/// Listens beyond this machine?
bool is_public(const http::ServerOptions& options) {
  for (const auto& address : options.listen)
    if (!address.starts_with("127.") && !address.starts_with("[::1]") && !address.starts_with("localhost:"))
      return true;
  return false;
}

http::Response no_page() {
  return http::Response::text(
      "The page is not built here. Build it with scripts/build, or set `web` to its folder. The API is under "
      "/api/v1.\n",
      404);
}

/// What is no operation of the API is a page, which the page itself tells from what is not.
void add_page_routes(http::Router& router, const std::string& folder) {
  using http::Method;
  for (const auto method :
       {Method::get, Method::post, Method::put, Method::patch, Method::delete_, Method::options})
    router.add(method, "/api/{path...}",
               [](const http::Request& request) -> Result<http::Response> {
                 return http::problem(404, fmt::format("there is nothing at {}", request.path));
               },
               {.fallback = true});
  const auto web = find_web_folder(folder);
  http::Handler page =
      web.empty() ? http::Handler{[](const http::Request&) -> Result<http::Response> { return no_page(); }}
                  : http::serve_files({.folder = web});
  router.add(Method::get, "/{path...}", std::move(page), {.fallback = true});
}

/// What is recorded of a channel, whatever runs it is made of.
Result<desk::Ranges> recorded_of(const archive::Archive& archive, ChannelId id, WallRange range) {
  LT_TRY(const auto timeline, archive.timeline(id, range));
  std::vector<WallRange> spans;
  for (const auto& span : timeline.spans)
    spans.push_back({span.from, span.to});
  return desk::united(std::move(spans));
}

}  // namespace

struct Server::Impl {
  Impl(const Config& c, const Clock& k, Log& l) : config(c), clock(k), log(l) {}

  Status open();
  Status open_desk();
  Status start_jobs();
  Status listen();
  Result<std::unique_ptr<http::Server>> listen_pages();
  Result<std::unique_ptr<http::Server>> listen_operations();
  Status check_people(const http::ServerOptions& options);
  Status listen_anew(const Config& wanted);
  void serve_pages(std::unique_ptr<http::Server> listening);
  bool stop();
  bool stop_listeners(std::chrono::steady_clock::time_point told);

  Config config;
  const Clock& clock;
  Log& log;

  // In the order of their making; unmade in the reverse.
  std::unique_ptr<Catalogue> catalogue;
  std::unique_ptr<archive::Archive> archive;
  std::unique_ptr<access::Sessions> sessions;
  std::unique_ptr<access::SecondFactors> second_factors;
  std::unique_ptr<access::Proofs> proofs;
  std::unique_ptr<access::PasswordResets> password_resets;
  std::unique_ptr<access::Viewings> viewings;
  std::unique_ptr<access::OpenId> openid;
  std::unique_ptr<access::Links> links;
  std::unique_ptr<access::Shares> shares;
  std::unique_ptr<access::Privacy> privacy;
  std::unique_ptr<desk::Layouts> layouts;
  std::unique_ptr<playback::Playback> playback;
  std::unique_ptr<desk::NoteTemplates> note_templates;
  std::unique_ptr<desk::Notes> notes;
  std::unique_ptr<desk::NoteSearch> note_search;
  std::unique_ptr<storage::blobs::Volume> blobs;
  std::unique_ptr<jobs::Queue> jobs;
  std::unique_ptr<desk::Clips> clips;
  std::unique_ptr<desk::Screenshots> screenshots;
  std::unique_ptr<desk::ClipCutter> cutter;
  std::unique_ptr<ingest::Supervisor> supervisor;
  std::unique_ptr<desk::Coverage> coverage;
  std::unique_ptr<api::CoverageNews> coverage_news;
  std::unique_ptr<api::EventHub> events;
  std::unique_ptr<api::Idempotency> idempotency;
  std::unique_ptr<api::ChannelPages> channel_pages;
  api::Site site;
  std::unique_ptr<api::Context> context;
  std::mutex metrics_mutex;
  std::shared_ptr<const http::Metrics> page_metrics;  // of `pages`, guarded
  Watched watched;
  std::unique_ptr<jobs::Runner> runner;  // tells pages by the context
  std::unique_ptr<io::Outbox> outbox;    // its letters are written from the context
  std::unique_ptr<io::Executor> net;
  std::unique_ptr<House> house;
  std::unique_ptr<http::Server> pages;  // null when a reload could not listen again
  std::unique_ptr<http::Server> operations;
  /// Stopped, but for a handler that still runs.
  std::vector<std::unique_ptr<http::Server>> leaving;

  bool stopped = false;  // of the main thread
  bool ended = false;    // with nothing left running
};

Status Server::Impl::open() {
  LT_TRY(catalogue, Catalogue::open(config, clock));
  LT_TRY(archive, archive::Archive::open(config.archive, catalogue->database(), clock, log));
  sessions = std::make_unique<access::Sessions>(catalogue->database(), clock);
  sessions->log_to(log);
  catalogue->tokens().log_to(log);
  second_factors =
      std::make_unique<access::SecondFactors>(catalogue->database(), catalogue->secrets(), clock);
  proofs = std::make_unique<access::Proofs>(catalogue->database(), *second_factors, clock);
  password_resets = std::make_unique<access::PasswordResets>(catalogue->database(), clock);
  viewings = std::make_unique<access::Viewings>(catalogue->audit(), clock);
  links = std::make_unique<access::Links>(catalogue->database(), catalogue->secrets(), clock);
  shares = std::make_unique<access::Shares>(catalogue->database(), clock);
  privacy = std::make_unique<access::Privacy>(catalogue->database(), clock);
  layouts = std::make_unique<desk::Layouts>(catalogue->database(), clock);
  playback = std::make_unique<playback::Playback>(config.playback, *archive, clock, log);
  note_templates = std::make_unique<desk::NoteTemplates>(catalogue->database(), clock);
  notes = std::make_unique<desk::Notes>(catalogue->database(), clock);
  note_search = std::make_unique<desk::NoteSearch>(catalogue->database());
  LT_CHECK(open_desk());
  supervisor =
      std::make_unique<ingest::Supervisor>(config.ingest, catalogue->channels(), *archive, clock, log);
  coverage = std::make_unique<desk::Coverage>(
      catalogue->database(),
      [this](ChannelId id, WallRange range) { return recorded_of(*archive, id, range); }, clock,
      config.coverage);
  coverage_news = std::make_unique<api::CoverageNews>(clock);
  events = std::make_unique<api::EventHub>(clock);
  idempotency = std::make_unique<api::Idempotency>(clock);
  channel_pages = std::make_unique<api::ChannelPages>(clock);
  openid = std::make_unique<access::OpenId>(catalogue->database(), clock, config.openid, config.site_url);
  site.url = config.site_url;
  site.data = config.data;
  if (!config.mail.server.empty()) {
    outbox = std::make_unique<io::Outbox>(io::Outbox::Options{.mail = config.mail}, clock, log);
    site.outbox = outbox.get();
  }
  context = std::make_unique<api::Context>(api::Context{.people = catalogue->people(),
                                                        .organizations = catalogue->organizations(),
                                                        .memberships = catalogue->memberships(),
                                                        .invitations = catalogue->invitations(),
                                                        .sessions = *sessions,
                                                        .proofs = *proofs,
                                                        .second_factors = *second_factors,
                                                        .password_resets = *password_resets,
                                                        .openid = *openid,
                                                        .tokens = catalogue->tokens(),
                                                        .audit = catalogue->audit(),
                                                        .viewings = *viewings,
                                                        .links = *links,
                                                        .shares = *shares,
                                                        .privacy = *privacy,
                                                        .layouts = *layouts,
                                                        .channels = catalogue->channels(),
                                                        .archive = *archive,
                                                        .supervisor = *supervisor,
                                                        .playback = *playback,
                                                        .note_templates = *note_templates,
                                                        .notes = *notes,
                                                        .note_search = *note_search,
                                                        .clips = *clips,
                                                        .screenshots = *screenshots,
                                                        .coverage = *coverage,
                                                        .coverage_news = *coverage_news,
                                                        .events = *events,
                                                        .idempotency = *idempotency,
                                                        .pages = *channel_pages,
                                                        .site = site,
                                                        .clock = clock,
                                                        .log = log});
  watched = {.archive = archive.get(),
             .channels = &catalogue->channels(),
             .supervisor = supervisor.get(),
             .http = [this] {
               std::lock_guard lock{metrics_mutex};
               return page_metrics;
             }};
  return {};
}

/// What is kept of footage, and the work that takes longer than a request.
Status Server::Impl::open_desk() {
  LT_TRY(blobs, storage::blobs::open_local_volume({.folder = config.blobs, .direct_io = false}),
         "opening blobs.folder");
  jobs = std::make_unique<jobs::Queue>(jobs::Queue::Options{}, catalogue->database(), clock);
  clips = std::make_unique<desk::Clips>(config.clips, catalogue->database(), *jobs, *blobs, clock, log);
  screenshots = std::make_unique<desk::Screenshots>(catalogue->database(), *blobs, *playback, clock, log);
  cutter = std::make_unique<desk::ClipCutter>(desk::ClipCutter::Rooms{.clips = *clips,
                                                                      .volume = *blobs,
                                                                      .archive = *archive,
                                                                      .playback = *playback,
                                                                      .clock = clock,
                                                                      .log = log});
  return {};
}

Status Server::Impl::start_jobs() {
  LT_TRY(const auto clips_swept, clips->sweep(), "removing files of removed clips");
  LT_TRY(const auto pictures_swept, screenshots->sweep(), "removing files of removed screenshots");
  if (const auto files = clips_swept + pictures_swept; files > 0)
    log.info("removed files of what was removed", {{"files", files}});
  runner = std::make_unique<jobs::Runner>(config.jobs, *jobs, clock, log);
  runner->handle(std::string{desk::Clips::job_kind}, [this](jobs::Work& work) { return cutter->cut(work); });
  runner->on_change([this](const jobs::Job& job) { api::publish_clip_job(*context, job); });
  return runner->start();
}

Result<std::unique_ptr<http::Server>> Server::Impl::listen_pages() {
  http::Router router;
  api::add_routes(router, *context);
  if (config.operations.empty()) add_operations_routes(router, watched, true);
  add_page_routes(router, config.web);
  return http::Server::start(config.http, std::move(router), *net, log);
}

Result<std::unique_ptr<http::Server>> Server::Impl::listen_operations() {
  if (config.operations.empty()) return std::unique_ptr<http::Server>{};
  http::Router router;
  add_operations_routes(router, watched, false);
  return http::Server::start({.listen = {config.operations}, .pooled_threads = 1, .decode_threads = 1},
                             std::move(router), *net, log);
}

Status Server::Impl::check_people(const http::ServerOptions& options) {
  constexpr std::string_view add_one = "longtake user add EMAIL --role superadmin --password-stdin";
  LT_TRY(const bool nobody, catalogue->people().empty());
  if (!nobody) return {};
  if (is_public(options))
    return make_error(Code::forbidden,
                      "nobody can sign in yet: before listening on a public address run `{}`", add_one);
  log.warn("nobody can sign in yet", {{"run", add_one}});
  return {};
}

void Server::Impl::serve_pages(std::unique_ptr<http::Server> listening) {
  pages = std::move(listening);
  std::lock_guard lock{metrics_mutex};
  page_metrics = pages ? pages->metrics() : nullptr;
}

Status Server::Impl::listen() {
  LT_CHECK(check_people(config.http));
  net = std::make_unique<io::Executor>(config.net);
  house = std::make_unique<House>(*context, *net);
  LT_TRY(auto listening, listen_pages());
  serve_pages(std::move(listening));
  LT_TRY(operations, listen_operations());
  return {};
}

/// The new listener needs the old one's address: close, then open; when that fails, open as before.
Status Server::Impl::listen_anew(const Config& wanted) {
  LT_CHECK(check_people(wanted.http));
  if (pages && !pages->try_stop({.answers = patience, .handlers = last_patience}))
    leaving.push_back(std::move(pages));
  serve_pages(nullptr);
  const auto before = std::pair{config.http, config.web};
  config.http = wanted.http;
  config.web = wanted.web;
  auto listening = listen_pages();
  if (listening) {
    serve_pages(std::move(*listening));
    log.info("listening anew", {{"listen", fmt::format("{}", fmt::join(config.http.listen, ","))}});
    return {};
  }
  std::tie(config.http, config.web) = before;
  auto as_before = listen_pages();
  if (!as_before)
    return make_error(as_before.error().code(),
                      "nothing listens now: {} (and as before: {}): mend the settings and reload again",
                      listening.error().story(), as_before.error().story());
  serve_pages(std::move(*as_before));
  return std::move(listening).error();
}

/// Handlers that wait for something are told first, and jobs: none takes the end of the recording for the end
/// of its footage. What is recorded is sealed next, and only then are slow answers waited for. So a handler
/// that hangs costs no footage.
bool Server::Impl::stop() {
  if (std::exchange(stopped, true)) return ended;
  const auto told = std::chrono::steady_clock::now();
  if (events) events->close_all();
  if (operations) operations->begin_stop();
  if (pages) pages->begin_stop();
  if (runner) runner->begin_stop();
  if (supervisor) supervisor->stop();
  if (archive) archive->stop();
  if (runner) runner->stop();
  if (house) house->stop();
  if (outbox) outbox->stop();
  ended = stop_listeners(told);
  if (ended && net) net->stop();
  return ended;
}

/// False: handlers still run.
bool Server::Impl::stop_listeners(std::chrono::steady_clock::time_point told) {
  if (operations) leaving.push_back(std::move(operations));
  if (pages) leaving.push_back(std::move(pages));
  std::erase_if(leaving, [&](const auto& server) {
    const auto spent =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - told);
    return server->try_stop({.answers = std::max(patience - spent, 0ms), .handlers = last_patience});
  });
  return leaving.empty();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  stop();
}
bool Server::stop() {
  return impl_->stop();
}
std::uint16_t Server::port() const {
  return impl_->pages ? impl_->pages->port() : 0;
}

Result<std::unique_ptr<Server>> Server::start(const Config& config, const Clock& clock, Log& log) {
  auto server = std::unique_ptr<Server>{new Server{std::make_unique<Impl>(config, clock, log)}};
  auto& impl = *server->impl_;
  LT_CHECK(impl.open());
  LT_CHECK(impl.listen());
  LT_CHECK(impl.supervisor->start());
  LT_CHECK(impl.start_jobs());
  impl.house->start();
  return server;
}

Status Server::reload(const Config& config) {
  auto& impl = *impl_;
  if (config.http != impl.config.http || config.web != impl.config.web || !impl.pages)
    LT_CHECK(impl.listen_anew(config));
  const bool restart = config.archive != impl.config.archive || config.ingest != impl.config.ingest ||
                       config.playback != impl.config.playback || config.net != impl.config.net ||
                       config.data != impl.config.data || config.operations != impl.config.operations ||
                       config.mail != impl.config.mail || config.openid != impl.config.openid ||
                       config.blobs != impl.config.blobs || config.jobs != impl.config.jobs ||
                       config.clips != impl.config.clips || config.site_url != impl.config.site_url ||
                       config.log_level != impl.config.log_level || config.coverage != impl.config.coverage;
  if (restart) impl.log.warn("some changed settings take effect when the server is restarted");
  return {};
}

}  // namespace longtake::app
