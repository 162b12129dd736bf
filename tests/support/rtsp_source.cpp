// Serves files as endless live RTSP streams on loopback, over TCP and UDP:
//
//   rtsp_source PORT NAME=FILE [NAME=FILE...] [--login USER:PASSWORD]
//
// Each file is read once into memory; each mount (/NAME) has one pipeline shared by all its readers.
// A file behaves like a camera that has run since the program began: who comes late, or comes back, gets
// the present keyframe, not the first one. Time stamps go on over the loop. Prints "ready" when serving.

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <glib-unix.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using Nanoseconds = gint64;

struct Packet {
  GstBuffer* buffer;  // owned by the Clip, which lives as long as the program
  Nanoseconds pts;
  Nanoseconds dts;
  bool key;
};

struct Track {
  GstCaps* caps = nullptr;
  std::string payloader;
  std::vector<Packet> packets;
};

struct Clip {
  std::vector<Track> tracks;  // the picture first, when there is one
  Nanoseconds length = 0;
};

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "rtsp_source: %s\n", text.c_str());
  std::exit(1);
}

/// How a track is packed into RTP; empty when this program cannot.
std::string payloader_for(const GstCaps* caps) {
  static const std::map<std::string, std::string> known = {
      {"video/x-h264", "h264parse ! rtph264pay config-interval=-1"},
      {"video/x-h265", "h265parse ! rtph265pay config-interval=-1"},
      {"audio/mpeg", "rtpmp4gpay"},
      {"audio/x-alaw", "rtppcmapay max-ptime=20000000"},
      {"audio/x-mulaw", "rtppcmupay max-ptime=20000000"},
      {"audio/x-opus", "rtpopuspay"},
  };
  const auto found = known.find(gst_structure_get_name(gst_caps_get_structure(caps, 0)));
  return found == known.end() ? std::string() : found->second;
}

bool is_video(const Track& track) {
  return g_str_has_prefix(gst_structure_get_name(gst_caps_get_structure(track.caps, 0)), "video/");
}

/// Running time of a stamp; may be negative, as the first decode times before a B-frame are.
Nanoseconds running_time(const GstSegment* segment, GstClockTime stamp) {
  guint64 value = 0;
  const int sign = gst_segment_to_running_time_full(segment, GST_FORMAT_TIME, stamp, &value);
  return sign < 0 ? -static_cast<Nanoseconds>(value) : static_cast<Nanoseconds>(value);
}

void on_pad(GstElement*, GstPad* pad, gpointer pipeline) {
  GstElement* sink = gst_element_factory_make("appsink", nullptr);
  g_object_set(sink, "sync", FALSE, "async", FALSE, "wait-on-eos", FALSE, nullptr);
  gst_bin_add(GST_BIN(pipeline), sink);
  gst_element_sync_state_with_parent(sink);
  GstPad* target = gst_element_get_static_pad(sink, "sink");
  gst_pad_link(pad, target);
  gst_object_unref(target);
}

Track drain(GstAppSink* sink) {
  Track track;
  while (GstSample* sample = gst_app_sink_try_pull_sample(sink, 0)) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const GstSegment* segment = gst_sample_get_segment(sample);
    if (!track.caps) track.caps = gst_caps_copy(gst_sample_get_caps(sample));
    if (GST_BUFFER_PTS_IS_VALID(buffer)) {
      const Nanoseconds pts = running_time(segment, GST_BUFFER_PTS(buffer));
      const Nanoseconds dts =
          GST_BUFFER_DTS_IS_VALID(buffer) ? running_time(segment, GST_BUFFER_DTS(buffer)) : pts;
      const bool key = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
      track.packets.push_back({gst_buffer_ref(buffer), pts, dts, key});
    }
    gst_sample_unref(sample);
  }
  if (track.caps) track.payloader = payloader_for(track.caps);
  return track;
}

Nanoseconds end_of(const Track& track) {
  Nanoseconds end = 0;
  Nanoseconds step = 0;
  for (std::size_t i = 0; i < track.packets.size(); ++i) {
    if (i > 0) step = track.packets[i].dts - track.packets[i - 1].dts;
    const GstClockTime duration = GST_BUFFER_DURATION(track.packets[i].buffer);
    const Nanoseconds lasts = GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<Nanoseconds>(duration) : step;
    end = std::max(end, track.packets[i].pts + lasts);
  }
  return end;
}

Clip read_clip(const std::string& path) {
  GstElement* pipeline = gst_pipeline_new(nullptr);
  GstElement* source = gst_element_factory_make("filesrc", nullptr);
  GstElement* parse = gst_element_factory_make("parsebin", nullptr);
  if (!source || !parse) fail("GStreamer's base plugins are missing (gstreamer1.0-plugins-base)");
  g_object_set(source, "location", path.c_str(), nullptr);
  gst_bin_add_many(GST_BIN(pipeline), source, parse, nullptr);
  gst_element_link(source, parse);
  g_signal_connect(parse, "pad-added", G_CALLBACK(on_pad), pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (!message || GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) fail("cannot read " + path);
  gst_message_unref(message);
  gst_object_unref(bus);

  Clip clip;
  GstIterator* sinks = gst_bin_iterate_sinks(GST_BIN(pipeline));
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(sinks, &item) == GST_ITERATOR_OK) {
    Track track = drain(GST_APP_SINK(g_value_get_object(&item)));
    g_value_reset(&item);
    if (!track.payloader.empty() && !track.packets.empty()) clip.tracks.push_back(std::move(track));
  }
  g_value_unset(&item);
  gst_iterator_free(sinks);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  if (clip.tracks.empty()) fail("nothing in " + path + " can be sent over RTSP");
  std::stable_partition(clip.tracks.begin(), clip.tracks.end(), is_video);
  clip.length = end_of(clip.tracks.front());
  for (Track& track : clip.tracks) {
    const auto late = [&](const Packet& packet) { return packet.pts >= clip.length; };
    track.packets.erase(std::remove_if(track.packets.begin(), track.packets.end(), late),
                        track.packets.end());
  }
  return clip;
}

/// One track of one running pipeline: which packet comes next, and when. Lane: the appsrc's thread.
struct Feed {
  const Track* track;
  Nanoseconds length;
  Nanoseconds origin;  // on the endless timeline: what the pipeline calls 0
  std::size_t next;
  Nanoseconds turn;  // start of the present turn of the loop
};

void push(GstAppSrc* source, guint, gpointer data) {
  Feed& feed = *static_cast<Feed*>(data);
  const Packet& packet = feed.track->packets[feed.next];
  GstBuffer* buffer = gst_buffer_copy(packet.buffer);  // shares the bytes
  GST_BUFFER_PTS(buffer) =
      static_cast<GstClockTime>(std::max<Nanoseconds>(feed.turn + packet.pts - feed.origin, 0));
  GST_BUFFER_DTS(buffer) =
      static_cast<GstClockTime>(std::max<Nanoseconds>(feed.turn + packet.dts - feed.origin, 0));
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT);
  if (++feed.next == feed.track->packets.size()) {
    feed.next = 0;
    feed.turn += feed.length;
  }
  gst_app_src_push_buffer(source, buffer);
}

struct Mount {
  const Clip* clip;
  gint64 started;  // monotonic microseconds
};

void on_media(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer data) {
  const Mount& mount = *static_cast<const Mount*>(data);
  const Nanoseconds elapsed = (g_get_monotonic_time() - mount.started) * 1000;
  const Nanoseconds turn = elapsed / mount.clip->length * mount.clip->length;
  const std::vector<Packet>& lead = mount.clip->tracks.front().packets;
  std::size_t first = 0;
  for (std::size_t i = 0; i < lead.size() && turn + lead[i].dts <= elapsed; ++i) {
    if (lead[i].key) first = i;
  }
  const Nanoseconds origin = turn + lead[first].dts;
  GstElement* bin = gst_rtsp_media_get_element(media);
  for (std::size_t i = 0; i < mount.clip->tracks.size(); ++i) {
    const Track& track = mount.clip->tracks[i];
    auto feed = std::make_unique<Feed>(Feed{&track, mount.clip->length, origin, first, turn});
    if (i > 0) {
      const auto due = [&](const Packet& packet) { return turn + packet.pts >= origin; };
      feed->next = static_cast<std::size_t>(std::find_if(track.packets.begin(), track.packets.end(), due) -
                                            track.packets.begin());
      if (feed->next == track.packets.size()) {
        feed->next = 0;
        feed->turn += mount.clip->length;
      }
    }
    GstElement* source = gst_bin_get_by_name_recurse_up(GST_BIN(bin), ("source" + std::to_string(i)).c_str());
    g_object_set(source, "format", GST_FORMAT_TIME, "is-live", TRUE, "max-bytes", guint64{64 * 1024},
                 nullptr);
    gst_app_src_set_caps(GST_APP_SRC(source), track.caps);
    GstAppSrcCallbacks callbacks{};
    callbacks.need_data = push;
    gst_app_src_set_callbacks(GST_APP_SRC(source), &callbacks, feed.release(),
                              [](gpointer gone) { delete static_cast<Feed*>(gone); });
    gst_object_unref(source);
  }
  gst_object_unref(bin);
}

GstRTSPMediaFactory* factory_for(const Mount& mount) {
  std::string launch = "( ";
  for (std::size_t i = 0; i < mount.clip->tracks.size(); ++i) {
    const std::string number = std::to_string(i);
    launch += "appsrc name=source" + number + " ! " + mount.clip->tracks[i].payloader + " name=pay" + number;
    launch += " pt=" + std::to_string(96 + i) + " ";
  }
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, (launch + ")").c_str());
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  gst_rtsp_media_factory_set_protocols(
      factory, static_cast<GstRTSPLowerTrans>(GST_RTSP_LOWER_TRANS_TCP | GST_RTSP_LOWER_TRANS_UDP));
  g_signal_connect(factory, "media-configure", G_CALLBACK(on_media), const_cast<Mount*>(&mount));
  return factory;
}

void ask_for_login(GstRTSPServer* server, const std::string& login) {
  const auto colon = login.find(':');
  if (colon == std::string::npos) fail("--login wants USER:PASSWORD");
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  GstRTSPToken* token =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "reader", nullptr);
  gchar* basic = gst_rtsp_auth_make_basic(login.substr(0, colon).c_str(), login.substr(colon + 1).c_str());
  gst_rtsp_auth_add_basic(auth, basic, token);
  g_free(basic);
  gst_rtsp_token_unref(token);
  gst_rtsp_server_set_auth(server, auth);
  g_object_unref(auth);
}

/// Every mount must know, wherever the word stands.
bool take_login(GstRTSPServer* server, int argc, char** argv) {
  for (int i = 2; i + 1 < argc; ++i) {
    if (std::string(argv[i]) == "--login") return ask_for_login(server, argv[i + 1]), true;
  }
  return false;
}

gboolean stop(gpointer loop) {
  g_main_loop_quit(static_cast<GMainLoop*>(loop));
  return G_SOURCE_REMOVE;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: rtsp_source PORT NAME=FILE [NAME=FILE...] [--login USER:PASSWORD]\n");
    return 2;
  }
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, argv[1]);
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
  std::map<std::string, std::unique_ptr<Clip>> clips;
  std::vector<std::unique_ptr<Mount>> served;
  const gint64 now = g_get_monotonic_time();
  const bool login = take_login(server, argc, argv);
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--login") {
      ++i;
      continue;
    }
    const auto equals = word.find('=');
    if (equals == std::string::npos) fail("expected NAME=FILE, got " + word);
    std::unique_ptr<Clip>& clip = clips[word.substr(equals + 1)];
    if (!clip) clip = std::make_unique<Clip>(read_clip(word.substr(equals + 1)));
    served.push_back(std::make_unique<Mount>(Mount{clip.get(), now}));
    GstRTSPMediaFactory* factory = factory_for(*served.back());
    if (login) {
      gst_rtsp_media_factory_add_role(factory, "reader", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN,
                                      TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE,
                                      nullptr);
    }
    gst_rtsp_mount_points_add_factory(mounts, ("/" + word.substr(0, equals)).c_str(), factory);
  }
  g_object_unref(mounts);
  if (gst_rtsp_server_attach(server, nullptr) == 0) fail(std::string("cannot listen on port ") + argv[1]);
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  g_unix_signal_add(SIGTERM, stop, loop);
  g_unix_signal_add(SIGINT, stop, loop);
  std::puts("ready");
  std::fflush(stdout);
  g_main_loop_run(loop);
  return 0;
}
