#include "api/export_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/problem.h"
#include "io/file.h"

namespace longtake::api {

Result<ExportFile> ExportFile::make(const std::string& folder) {
  Fd nameless{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (nameless) return ExportFile{std::move(nameless)};
  // Some volumes have no files without a name.
  auto pattern = folder + "/export-XXXXXX";
  Fd named{::mkostemp(pattern.data(), O_CLOEXEC)};
  if (!named) return io::os_error(errno, "make", pattern);
  ::unlink(pattern.c_str());
  return ExportFile{std::move(named)};
}

Status ExportFile::write(std::string_view text) {
  LT_CHECK(io::write_at(file_, size_, std::as_bytes(std::span{text})), "writing an export");
  size_ += text.size();
  return {};
}

http::Response ExportFile::finish(std::string content_type, std::string_view name) && {
  media::SliceList body;
  body.append(media::FileSlice{io::share(std::move(file_)), 0, size_});
  return http::Response::slices(std::move(body), std::move(content_type))
      .with("Cache-Control", "no-store")
      .with("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
}

std::optional<Exports::Turn> Exports::begin(UserId user) {
  const std::lock_guard lock{mutex_};
  if (under_way_.size() >= at_once || !under_way_.insert(user).second) return {};
  return std::optional<Turn>{std::in_place, *this, user};
}

Exports::Turn::~Turn() {
  if (!exports_) return;
  const std::lock_guard lock{exports_->mutex_};
  exports_->under_way_.erase(user_);
}

http::Response too_many_exports() {
  return http::problem({.status = 429,
                        .type = "urn:longtake:too-many",
                        .detail = "an export is being made: wait until it has ended"})
      .with("Retry-After", "5");
}

Error export_stopped() {
  return make_error(Code::unavailable, "the export was stopped before its end: ask for it again");
}

}  // namespace longtake::api
