// Search in many notes: a page of 50, as GET /notes asks for it, of each kind of question an editor has.
// Before it, the archive of notes is made: words by Zipf's law, 100 channels, 40 authors.
//
//   notes_bench FOLDER [NOTES] [QUESTIONS]     of each kind; prints one JSON object, times in ms

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "access/people.h"
#include "archive/channels.h"
#include "desk/note_index.h"
#include "desk/note_rows.h"
#include "desk/note_search.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr int channels_each = 100, authors = 40, tags = 30, vocabulary = 50'000, words_each = 14;
constexpr OrganizationId main_desk{1};

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "notes_bench: {}\n", why);
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) fail(result.error().story());
  return *std::move(result);
}
void must(const Status& status) {
  if (!status) fail(status.error().story());
}

/// Pronounceable words in which each beginning is shared by many, as in languages.
std::string word(int number) {
  constexpr std::string_view heads = "bcdfghklmnprstvz", vowels = "aeiou";
  std::string out;
  for (int n = number + 17; n > 0; n /= 80) {
    out += heads[static_cast<std::size_t>(n % 16)];
    out += vowels[static_cast<std::size_t>(n / 16 % 5)];
  }
  return out;
}

class Random {
 public:
  int below(int n) { return std::uniform_int_distribution<int>{0, n - 1}(engine_); }
  /// The commonest word is in about one note of four, the tenth in one of forty.
  int zipf() {
    return static_cast<int>(std::pow(vocabulary, std::uniform_real_distribution<double>{0, 1}(engine_))) - 1;
  }

 private:
  std::mt19937 engine_{20'261'121};
};

struct Site {
  storage::sql::Database& database;
  std::vector<ChannelId> channels;
  std::vector<UserId> people;
  WallTime first;
  int notes;
};

constexpr std::string_view insert_note =
    "insert into notes (organization_id, channel_id, at_us, fields, text, tags, author_id, created_us, "
    "updated_us, "
    "updated_by, place) values (1, ?, ?, '{}', ?, ?, ?, ?, ?, ?, ?) returning id";

/// One note a minute of wall time on some channel: two years of a desk for a million.
Status add_note(Session& session, const Site& site, Random& random, int number) {
  Note note{.content = {.channel = site.channels[static_cast<std::size_t>(random.below(channels_each))],
                        .at = site.first + std::chrono::minutes{number},
                        .tags = {fmt::format("tag {}", random.below(tags))}},
            .author = {site.people[static_cast<std::size_t>(random.below(authors))], {}}};
  for (int i = 0; i < words_each; ++i)
    note.content.text += word(random.zipf()) + ' ';
  LT_TRY(note.place, free_place(session, note.content.at, NoteId{number + 1}));
  LT_TRY(const auto id, session.insert(insert_note, note.content.channel, note.content.at, note.content.text,
                                       format_tags(note.content.tags), note.author.id, note.content.at,
                                       note.content.at, note.author.id, note.place));
  note.id = NoteId{id};
  return add_to_index(session, OrganizationId{1}, note);
}

void fill(const Site& site) {
  Random random;
  constexpr int batch = 20'000;
  for (int done = 0; done < site.notes; done += batch)
    must(site.database.write([&](Session& session) -> Status {
      for (int i = done; i < std::min(done + batch, site.notes); ++i)
        LT_CHECK(add_note(session, site, random, i));
      return {};
    }));
}

struct Kind {
  std::string_view name;
  std::function<NoteFilter(Random&)> ask;
  bool deep = false;
};

std::vector<Kind> kinds(const Site& site) {
  const auto channel = [&site](Random& r) {
    return site.channels[static_cast<std::size_t>(r.below(channels_each))];
  };
  const auto author = [&site](Random& r) { return site.people[static_cast<std::size_t>(r.below(authors))]; };
  const auto some = [](Random& r) { return word(r.zipf()); };
  const auto rare = [](Random& r) { return word(vocabulary / 2 + r.below(vocabulary / 2)); };
  return {
      {"newest", [](Random&) { return NoteFilter{}; }},
      {"a common word", [](Random& r) { return NoteFilter{.text = word(r.below(10))}; }},
      {"a rare word", [=](Random& r) { return NoteFilter{.text = rare(r)}; }},
      {"two words", [=](Random& r) { return NoteFilter{.text = some(r) + " " + some(r)}; }},
      {"a common and a rare word",
       [=](Random& r) { return NoteFilter{.text = word(r.below(10)) + " " + rare(r)}; }},
      {"beginning of 2 letters", [=](Random& r) { return NoteFilter{.text = some(r).substr(0, 2)}; }},
      {"beginning of 4 letters", [=](Random& r) { return NoteFilter{.text = some(r).substr(0, 4)}; }},
      {"beginning of 5 letters",
       [=](Random& r) { return NoteFilter{.text = (some(r) + "xxx").substr(0, 5)}; }},
      {"a phrase",
       [=](Random& r) { return NoteFilter{.text = fmt::format("\"{} {}\"", word(r.below(10)), some(r))}; }},
      {"a word on a channel", [=](Random& r) { return NoteFilter{.text = some(r), .channel = channel(r)}; }},
      {"channel, author and tag",
       [=](Random& r) {
         return NoteFilter{
             .channel = channel(r), .tag = fmt::format("tag {}", r.below(tags)), .author = author(r)};
       }},
      {"a word in a month",
       [=, &site](Random& r) {
         const auto from = site.first + std::chrono::minutes{r.below(site.notes)};
         return NoteFilter{.text = some(r), .from = from, .to = from + std::chrono::hours{24 * 30}};
       }},
      {"a page far back", [=](Random& r) { return NoteFilter{.text = word(r.below(10))}; }, true},
  };
}

double percentile(std::vector<double> times, double of) {
  std::sort(times.begin(), times.end());
  return times[std::min(times.size() - 1, static_cast<std::size_t>(of * static_cast<double>(times.size())))];
}

boost::json::object row(std::string_view name, const std::vector<double>& times) {
  return {{"question", name},
          {"p50", percentile(times, 0.5)},
          {"p95", percentile(times, 0.95)},
          {"max", percentile(times, 1)}};
}

boost::json::array measure(const Site& site, int questions) {
  const NoteSearch search{site.database};
  Random random;
  boost::json::array rows;
  std::vector<double> all;
  for (const auto& kind : kinds(site)) {
    std::vector<double> times;
    for (int i = 0; i < questions; ++i) {
      const auto filter = kind.ask(random);
      const auto before =
          kind.deep ? first_place(site.first + std::chrono::minutes{random.below(site.notes) + 1}) : 0;
      const auto begin = std::chrono::steady_clock::now();
      must(search.list(main_desk, filter, before, 50));
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    all.insert(all.end(), times.begin(), times.end());
    rows.push_back(row(kind.name, times));
  }
  rows.push_back(row("all of them", all));
  return rows;
}

int run(const std::string& folder, int notes, int questions) {
  const SystemClock clock;
  auto database = must(storage::sql::Database::open({.path = folder + "/notes.db"}, clock));
  auto secrets = must(storage::SecretBox::open(folder + "/secret.key"));
  archive::Channels channels{*database, secrets, clock};
  access::People people{*database, clock};
  Site site{.database = *database,
            .first = clock.now() - std::chrono::minutes{notes} - std::chrono::hours{1},
            .notes = notes};
  for (int i = 0; i < channels_each; ++i)
    site.channels.push_back(must(channels.create(main_desk, {.name = fmt::format("Channel {}", i),
                                                             .source_url = "http://127.0.0.1:9/"}))
                                .id);
  for (int i = 0; i < authors; ++i)
    site.people.push_back(
        must(people.add({.email = fmt::format("p{}@longtake.test", i), .password = "bench bench bench 1"}))
            .id);
  const auto begin = std::chrono::steady_clock::now();
  fill(site);
  const std::chrono::duration<double> filled = std::chrono::steady_clock::now() - begin;
  const auto rows = measure(site, questions);
  const auto bytes = std::filesystem::file_size(folder + "/notes.db");
  fmt::print("{}\n",
             boost::json::serialize(boost::json::object{
                 {"notes", notes}, {"bytes", bytes}, {"filledSeconds", filled.count()}, {"rows", rows}}));
  return 0;
}

}  // namespace
}  // namespace longtake::desk

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "notes_bench FOLDER [NOTES] [QUESTIONS]\n");
    return 2;
  }
  return longtake::desk::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 1'000'000,
                             argc > 3 ? std::atoi(argv[3]) : 200);
}
