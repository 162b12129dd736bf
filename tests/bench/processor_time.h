#pragma once
// Processor time of another process, from /proc (nanoseconds, unlike times()).

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace longtake::bench {

/// Milliseconds of its living threads so far, by the names of the threads without their numbers.
inline std::map<std::string, double> cpu_ms_by_thread(pid_t pid) {
  std::map<std::string, double> out;
  std::error_code error;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator{tasks, error}) {
    std::ifstream in{task.path() / "schedstat"};
    std::uint64_t ns = 0;
    if (!(in >> ns)) continue;
    std::string name;
    std::getline(std::ifstream{task.path() / "comm"}, name);
    while (!name.empty() && ((name.back() >= '0' && name.back() <= '9') || name.back() == '-'))
      name.pop_back();
    out[name] += static_cast<double>(ns) / 1e6;
  }
  return out;
}

inline double cpu_ms(pid_t pid) {
  double sum = 0;
  for (const auto& [name, ms] : cpu_ms_by_thread(pid))
    sum += ms;
  return sum;
}

}  // namespace longtake::bench
