#pragma once
// A program or function measured in a process of its own: started, asked how much processor time it took,
// ended.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "processor_time.h"

namespace longtake::bench {

class Child {
 public:
  /// Runs `work` (which must not return before it is killed, or ends the process) in a fork.
  static Child run(const std::function<void()>& work) {
    Child child;
    child.pid_ = ::fork();
    if (child.pid_ == 0) {
      work();
      ::_exit(0);
    }
    return child;
  }
  static Child exec(const std::vector<std::string>& command) {
    return run([&] {
      std::vector<char*> arguments;
      for (const auto& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    });
  }
  Child(Child&& o) noexcept : pid_(std::exchange(o.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Processor time of all its threads so far.
  double cpu_ms() const { return bench::cpu_ms(pid_); }

 private:
  Child() = default;
  pid_t pid_ = -1;
};

}  // namespace longtake::bench
