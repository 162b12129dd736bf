#pragma once
// A folder of built web files (web/dist): ETags, long caching for hashed names under /assets/, the .gz beside
// a file for who accepts it, and index.html for every address of the single-page application.

#include <filesystem>
#include <string>
#include <vector>

#include "http/router.h"

namespace longtake::http {

struct StaticOptions {
  std::filesystem::path folder;
  /// Paths under these never fall back to index.html: 404.
  std::vector<std::string> reserved{"/api/"};
  bool operator==(const StaticOptions&) const = default;
};

/// For the route "/{path...}" (parameter `path`), Run::pooled. Links out of the folder are not followed.
Handler serve_files(StaticOptions options);

/// "text/javascript; charset=utf-8" of "a/b.js"; application/octet-stream when unknown.
std::string_view content_type_of(std::string_view file_name);

/// What documents of ours may load: only ourselves, blob: and data: pictures.
extern const std::string_view content_security_policy;

}  // namespace longtake::http
