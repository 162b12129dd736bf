// Asks as many walls do, of our server or of a server of plain files, and says what processor time that took
// there. scripts/bench.d/wall.sh runs it.
//   wall_bench survey --server ADDRESS:PORT --cookies FILE --channels ID,ID --from INSTANT --seconds N
//                     --each N --speeds N,N --folder FOLDER        the plan is left in FOLDER/plan
//   wall_bench load   --server ADDRESS:PORT [--cookies FILE] --plan FILE --speed N --seconds N [--pace P]
//                     [--editors N] [--tiles N] [--page 1] --pid PID
//   wall_bench rest   --pid PID --seconds N                        processor time without a load

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <fstream>
#include <map>
#include <numeric>

#include "processor_time.h"
#include "wall_load.h"
#include "wall_survey.h"

namespace longtake::bench {
namespace {

using namespace std::chrono_literals;

double number_in(std::string_view word, const std::string& name) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size())
    fail(fmt::format("{} is a number, not '{}'", name, word));
  return value;
}

class Words {
 public:
  Words(int argc, char** argv) {
    for (int i = 2; i + 1 < argc; i += 2)
      words_[argv[i]] = argv[i + 1];
  }
  bool has(const std::string& name) const { return words_.contains(name); }
  const std::string& text(const std::string& name) const {
    const auto found = words_.find(name);
    if (found == words_.end()) fail(name + " is missing; see the head of tests/bench/wall_bench.cpp");
    return found->second;
  }
  double number(const std::string& name) const { return number_in(text(name), name); }
  double number(const std::string& name, double otherwise) const {
    return has(name) ? number(name) : otherwise;
  }
  std::vector<std::string> list(const std::string& name) const {
    std::vector<std::string> out{""};
    for (const char c : text(name))
      if (c == ',')
        out.emplace_back();
      else
        out.back() += c;
    return out;
  }

 private:
  std::map<std::string, std::string> words_;
};

Micros seconds(double n) {
  return Micros{static_cast<std::int64_t>(n * 1e6)};
}

Tcp::endpoint endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) fail("a server is ADDRESS:PORT, not " + text);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text.substr(0, colon), error);
  if (error) fail(text + " begins with no address");
  return {address, static_cast<std::uint16_t>(number_in(std::string_view{text}.substr(colon + 1), "a port"))};
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  if (out.empty()) fail(file + " holds nothing");
  return out;
}

void make_survey(const Words& words) {
  const auto from = parse_rfc3339(words.text("--from"));
  if (!from.ok()) fail(from.error().story());
  Survey wanted{.seat = {.server = endpoint_of(words.text("--server")),
                         .own = boost::asio::ip::make_address("127.0.0.1"),
                         .cookie = lines_of(words.text("--cookies")).front()},
                .channels = words.list("--channels"),
                .speeds = {},
                .range = {*from, *from + seconds(words.number("--seconds"))},
                .each = seconds(words.number("--each")),
                .folder = words.text("--folder")};
  for (const auto& speed : words.list("--speeds"))
    wanted.speeds.push_back(static_cast<int>(number_in(speed, "--speeds")));
  survey(wanted).save(wanted.folder / "plan");
}

std::string json_of(const std::map<std::string, double>& numbers) {
  std::string out;
  for (const auto& [name, value] : numbers)
    out += fmt::format("{}\"{}\":{:.3f}", out.empty() ? "" : ",", name, value);
  return "{" + out + "}";
}

double sum_of(const std::map<std::string, double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0,
                         [](double sum, const auto& n) { return sum + n.second; });
}

void make_load(const Words& words) {
  const auto plan = WallPlan::load(words.text("--plan"));
  const Load load{
      .server = endpoint_of(words.text("--server")),
      .cookies = words.has("--cookies") ? lines_of(words.text("--cookies")) : std::vector<std::string>{},
      .editors = static_cast<int>(words.number("--editors", 40)),
      .tiles = static_cast<int>(words.number("--tiles", 9)),
      .speed = static_cast<int>(words.number("--speed")),
      .pace = words.number("--pace", 1),
      .whole_page = words.number("--page", 0) > 0,
      .warm_up = 3s,
      .measured = seconds(words.number("--seconds")),
      .pid = static_cast<pid_t>(words.number("--pid"))};
  if (!load.cookies.empty() && static_cast<int>(load.cookies.size()) < load.editors) fail("too few cookies");
  const auto f = run_load(plan, load);
  fmt::print(
      "{{\"seconds\":{:.3f},\"tileMinutes\":{:.3f},\"requests\":{},\"bytes\":{},\"failed\":{},\"late\":{},"
      "\"otherRequests\":{},\"events\":{},\"medianMs\":{:.2f},\"p95Ms\":{:.2f},\"cpuMs\":{:.3f},\"threads\":{"
      "}}}\n",
      f.seconds, f.tile_minutes, f.requests, f.bytes, f.failed, f.late, f.other_requests, f.events,
      f.median_ms, f.p95_ms, sum_of(f.cpu_ms), json_of(f.cpu_ms));
}

void rest(const Words& words) {
  const auto pid = static_cast<pid_t>(words.number("--pid"));
  auto before = cpu_ms_by_thread(pid);
  const auto began = std::chrono::steady_clock::now();
  boost::asio::io_context context{1};
  boost::asio::steady_timer timer{context, seconds(words.number("--seconds"))};
  timer.wait();
  std::map<std::string, double> spent;
  for (const auto& [name, ms] : cpu_ms_by_thread(pid))
    spent[name] = ms - before[name];
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("{{\"seconds\":{:.3f},\"cpuMs\":{:.3f},\"threads\":{}}}\n", took.count(), sum_of(spent),
             json_of(spent));
}

}  // namespace
}  // namespace longtake::bench

int main(int argc, char** argv) {
  using namespace longtake::bench;
  const Words words{argc, argv};
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "survey")
    make_survey(words);
  else if (what == "load")
    make_load(words);
  else if (what == "rest")
    rest(words);
  else
    fail("wrong use: survey, load or rest; see the head of tests/bench/wall_bench.cpp");
  return 0;
}
