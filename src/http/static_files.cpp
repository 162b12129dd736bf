#include "http/static_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "http/problem.h"
#include "io/file.h"

namespace longtake::http {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<std::string_view, std::string_view> types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".yaml", "application/yaml"},
    {".mp4", "video/mp4"},
};

// Whether Accept-Encoding takes gzip: named (or "*") and not with q=0.
bool accepts_gzip(const Request& request) {
  const auto header = request.headers.find("Accept-Encoding");
  if (!header) return false;
  std::string_view rest = *header;
  while (!rest.empty()) {
    auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    while (item.starts_with(' '))
      item.remove_prefix(1);
    const auto name = item.substr(0, item.find_first_of("; "));
    if (name != "gzip" && name != "*") continue;
    const auto q = item.find("q=");
    if (q == std::string_view::npos) return true;
    return item.substr(q + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

struct Opened {
  SharedFd file;
  io::FileStatus status;
};

class Folder {
 public:
  explicit Folder(StaticOptions options) : options_(std::move(options)) {}

  Result<Response> serve(const Request& request) const {
    const std::string& path = request.param("path");
    for (const auto& reserved : options_.reserved)
      if (request.path.starts_with(reserved)) return nothing_at(request);
    const bool page = path.empty();
    auto found = find(page ? "index.html" : path);
    if (found.ok()) return answer(request, page ? "index.html" : path, *found);
    if (found.error().code() != Code::not_found) return std::move(found).error();
    // The application's own addresses have no dot in their last part; a missing file has one.
    if (path.substr(path.rfind('/') + 1).find('.') != std::string::npos) return nothing_at(request);
    LT_TRY(const auto index, find("index.html"), "the web files are not built");
    return answer(request, "index.html", index);
  }

 private:
  static Response nothing_at(const Request& request) {
    return problem(404, fmt::format("there is nothing at {}", request.path));
  }

  Result<Opened> find(const std::string& name) const {
    const auto missing = [&] { return make_error(Code::not_found, "there is no file {}", name); };
    std::error_code error;
    const auto root = fs::canonical(options_.folder, error);
    if (error) return missing();
    // The real place of the file must be inside, whatever links say.
    const auto real = fs::canonical(root / fs::path{name}.relative_path(), error);
    if (error) return missing();
    const auto [end, _] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
    if (end != root.end()) return missing();
    LT_TRY(Fd file, io::open_file(real));
    LT_TRY(const auto status, io::status_of(file));
    if (!status.is_regular) return missing();
    return Opened{io::share(std::move(file)), status};
  }

  Result<Response> answer(const Request& request, const std::string& name, Opened found) const {
    const auto type = content_type_of(name);
    bool packed = false;
    if (accepts_gzip(request)) {
      // A .gz older than its file is of an earlier build.
      auto small = find(name + ".gz");
      packed = small.ok() && small->status.modified >= found.status.modified;
      if (packed) found = std::move(*small);
    }
    media::SliceList slices;
    slices.append(media::FileSlice{.file = found.file, .offset = 0, .size = found.status.size});
    auto response = Response::slices(std::move(slices), std::string{type});
    response.headers.add("ETag", fmt::format("\"{:x}-{:x}{}\"", to_us(found.status.modified),
                                             found.status.size, packed ? "-gz" : ""));
    response.headers.add("Last-Modified", format_http_date(found.status.modified));
    response.headers.add("Vary", "Accept-Encoding");
    if (packed) response.headers.add("Content-Encoding", "gzip");
    response.headers.add("Cache-Control",
                         name.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    if (type.starts_with("text/html")) {
      response.headers.add("Content-Security-Policy", std::string{content_security_policy});
      response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
      response.headers.add("X-Frame-Options", "DENY");
      response.headers.add(
          "Permissions-Policy",
          "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()");
    }
    return response;
  }

  const StaticOptions options_;
};

}  // namespace

const std::string_view content_security_policy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' "
    "'unsafe-inline'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

std::string_view content_type_of(std::string_view file_name) {
  for (const auto& [extension, type] : types)
    if (file_name.ends_with(extension)) return type;
  return "application/octet-stream";
}

Handler serve_files(StaticOptions options) {
  auto folder = std::make_shared<const Folder>(std::move(options));
  return [folder](const Request& request) { return folder->serve(request); };
}

}  // namespace longtake::http
