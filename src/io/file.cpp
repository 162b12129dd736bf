#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include <dirent.h>

#include "base/own_failure.h"

namespace longtake::io {
namespace {

std::string text_of(int error_number) {
  char buffer[128] = "";
  return ::strerror_r(error_number, buffer, sizeof buffer);  // GNU form: returns the text
}

// Calls again while a signal interrupts.
template <class Call>
auto retried(Call call) {
  decltype(call()) result;
  do
    result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

std::string describe(const Fd& file) {
  return fmt::format("open file {}", file.get());
}

FileStatus from_stat(const struct stat& s) {
  const auto modified = std::chrono::seconds{s.st_mtim.tv_sec} + std::chrono::nanoseconds{s.st_mtim.tv_nsec};
  return {.size = static_cast<std::uint64_t>(s.st_size),
          .allocated = static_cast<std::uint64_t>(s.st_blocks) * 512,
          .modified = WallTime{std::chrono::duration_cast<Micros>(modified)},
          .inode = s.st_ino,
          .is_folder = S_ISDIR(s.st_mode),
          .is_regular = S_ISREG(s.st_mode)};
}

}  // namespace

Error os_error(int error_number, std::string_view doing, std::string_view what) {
  const auto make = [&](Code code, std::string_view mend) {
    return own_failure(make_error(code, "cannot {} {}: {}{}{}", doing, what, text_of(error_number),
                                  mend.empty() ? "" : ": ", mend));
  };
  switch (error_number) {
    case ENOSPC:
      return make(Code::full, "free space on this volume or shorten the retention");
    case EDQUOT:
      return make(Code::full, "raise the quota of the user that runs this program");
    case EFBIG:
      return make(Code::full, "the volume takes no larger files");
    case EACCES:
    case EPERM:
      return make(Code::forbidden, "give the user that runs this program access to it");
    case EROFS:
      return make(Code::forbidden, "the volume is mounted read-only");
    case ENOENT:
      return make(Code::not_found, "");
    case EEXIST:
    case ENOTEMPTY:
      return make(Code::conflict, "");
    case EADDRINUSE:
      return make(Code::conflict, "stop the other program or choose another address");
    case EADDRNOTAVAIL:
      return make(Code::invalid, "this machine has no such address");
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case EINVAL:
      return make(Code::invalid, "");
    case EMFILE:
    case ENFILE:
      return make(Code::unavailable, "raise the limit of open files (LimitNOFILE, ulimit -n)");
    case EIO:
      return make(Code::unavailable, "look at the disk's health in the kernel log");
    default:
      return make(Code::unavailable, "");
  }
}

Result<Fd> open_file(const Path& path, OpenOptions options) {
  int flags = O_CLOEXEC;
  switch (options.access) {
    case Access::read:
      flags |= O_RDONLY;
      break;
    case Access::write:
      flags |= O_WRONLY;
      break;
    case Access::read_write:
      flags |= O_RDWR;
      break;
  }
  switch (options.create) {
    case Create::never:
      break;
    case Create::if_missing:
      flags |= O_CREAT;
      break;
    case Create::must_be_new:
      flags |= O_CREAT | O_EXCL;
      break;
    case Create::truncate:
      flags |= O_CREAT | O_TRUNC;
      break;
  }
  if (options.direct) flags |= O_DIRECT;
  Fd file{retried([&] { return ::open(path.c_str(), flags, options.mode); })};
  if (!file) return os_error(errno, "open", path.native());
  return file;
}

Result<std::size_t> read_at(const Fd& file, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = retried([&] {
      return ::pread(file.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    });
    if (n < 0) return os_error(errno, "read", describe(file));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Status read_exactly_at(const Fd& file, std::uint64_t offset, std::span<std::byte> into) {
  LT_TRY(const auto n, read_at(file, offset, into));
  if (n < into.size())
    return make_error(Code::unavailable, "file ends at {}, {} bytes at {} were expected", offset + n,
                      into.size(), offset);
  return {};
}

Status write_at(const Fd& file, std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto n =
        retried([&] { return ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (n < 0) return os_error(errno, "write", describe(file));
    if (n == 0) return os_error(ENOSPC, "write", describe(file));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Status sync_data(const Fd& file) {
  if (retried([&] { return ::fdatasync(file.get()); }) < 0) return os_error(errno, "sync", describe(file));
  return {};
}

Status sync_all(const Fd& file) {
  if (retried([&] { return ::fsync(file.get()); }) < 0) return os_error(errno, "sync", describe(file));
  return {};
}

Status truncate_file(const Fd& file, std::uint64_t size) {
  if (retried([&] { return ::ftruncate(file.get(), static_cast<off_t>(size)); }) < 0)
    return os_error(errno, "truncate", describe(file));
  return {};
}

Status allocate(const Fd& file, std::uint64_t offset, std::uint64_t size) {
  if (size == 0) return {};
  if (retried([&] {
        return ::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                           static_cast<off_t>(size));
      }) < 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return os_error(errno, "reserve space in", describe(file));
  }
  return {};
}

Result<FileStatus> status_of(const Fd& file) {
  struct stat s {};
  if (::fstat(file.get(), &s) < 0) return os_error(errno, "look at", describe(file));
  return from_stat(s);
}

Result<FileStatus> status_of(const Path& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) < 0) return os_error(errno, "look at", path.native());
  return from_stat(s);
}

Status sync_folder(const Path& folder) {
  const Fd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return os_error(errno, "open folder", folder.native());
  // Some network volumes cannot sync a folder and say EINVAL; their renames are durable by protocol.
  if (retried([&] { return ::fsync(fd.get()); }) < 0 && errno != EINVAL)
    return os_error(errno, "sync folder", folder.native());
  return {};
}

Status rename_file(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) < 0)
    return os_error(errno, "rename", fmt::format("{} to {}", from.native(), to.native()));
  return {};
}

Status remove_file(const Path& path) {
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) return os_error(errno, "remove", path.native());
  return {};
}

Status make_folders(const Path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return os_error(error.value(), "make folder", folder.native());
  return {};
}

Result<std::vector<Entry>> list_folder(const Path& folder) {
  struct Close {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const std::unique_ptr<DIR, Close> dir{::opendir(folder.c_str())};
  if (!dir) return os_error(errno, "list folder", folder.native());
  std::vector<Entry> entries;
  while (true) {
    errno = 0;
    const dirent* e = ::readdir(dir.get());
    if (!e) break;
    const std::string_view name = e->d_name;
    if (name == "." || name == "..") continue;
    Entry entry{
        .name = std::string{name}, .is_folder = e->d_type == DT_DIR, .is_regular = e->d_type == DT_REG};
    if (e->d_type == DT_UNKNOWN || e->d_type == DT_LNK) {
      if (const auto status = status_of(folder / entry.name); status.ok()) {
        entry.is_folder = status->is_folder;
        entry.is_regular = status->is_regular;
      }
    }
    entries.push_back(std::move(entry));
  }
  if (errno != 0) return os_error(errno, "list folder", folder.native());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> read_text(const Path& path, std::size_t limit) {
  LT_TRY(const Fd file, open_file(path));
  LT_TRY(const auto status, status_of(file));
  if (status.is_folder) return os_error(EISDIR, "read", path.native());
  // Files of /proc say size 0: read until the end, whatever the size says.
  std::string text;
  std::size_t done = 0;
  while (true) {
    text.resize(std::min<std::size_t>(std::max<std::size_t>(done + 4096, status.size + 1), limit + 1));
    auto n = read_at(file, done, std::as_writable_bytes(std::span{text}).subspan(done));
    if (!n.ok()) return std::move(n).error().while_doing(fmt::format("reading {}", path.native()));
    done += *n;
    if (done < text.size()) break;
    if (done > limit) return make_error(Code::full, "{} is longer than {} bytes", path.native(), limit);
  }
  text.resize(done);
  return text;
}

Status replace_file(const Path& path, std::string_view content, unsigned mode) {
  Path fresh = path;
  fresh += ".new";
  LT_TRY(const Fd file,
         open_file(fresh, {.access = Access::write, .create = Create::truncate, .mode = mode}));
  const auto write = [&]() -> Status {
    LT_CHECK(write_at(file, 0, std::as_bytes(std::span{content})));
    LT_CHECK(sync_all(file));
    return rename_file(fresh, path);
  };
  if (auto status = write(); !status.ok()) {
    ::unlink(fresh.c_str());
    return std::move(status).error().while_doing(fmt::format("replacing {}", path.native()));
  }
  const auto folder = path.parent_path();
  return sync_folder(folder.empty() ? Path{"."} : folder);
}

Result<VolumeSpace> volume_space(const Path& path) {
  struct statvfs v {};
  if (retried([&] { return ::statvfs(path.c_str(), &v); }) < 0)
    return os_error(errno, "measure the volume of", path.native());
  struct stat s {};
  if (::stat(path.c_str(), &s) < 0) return os_error(errno, "look at", path.native());
  return VolumeSpace{.total = static_cast<std::uint64_t>(v.f_blocks) * v.f_frsize,
                     .free = static_cast<std::uint64_t>(v.f_bavail) * v.f_frsize,
                     .device = s.st_dev};
}

}  // namespace longtake::io
