#pragma once

#include <string>
#include <vector>

#include "access/openid_provider.h"
#include "archive/archive.h"
#include "base/log.h"
#include "desk/clips.h"
#include "desk/coverage.h"
#include "http/server.h"
#include "ingest/supervisor.h"
#include "io/executor.h"
#include "io/mail.h"
#include "jobs/runner.h"
#include "playback/playback.h"

namespace longtake::app {

/// Everything a server needs to know, each room's part in the room's own options.
struct Config {
  std::string data = "./data";  ///< folder of database, keys and (unless told otherwise) footage
  std::string web;              ///< folder of the built page; empty: looked for beside the program
  std::string
      operations;  ///< listener of /healthz /readyz /metrics; empty: the page's own, for this machine only
  LogLevel log_level = LogLevel::info;
  std::string site_url;  ///< of the page as people type it, without a slash at the end
  io::MailOptions mail;
  std::vector<access::OpenIdSettings> openid;  ///< in the order they were first named
  http::ServerOptions http;
  io::Executor::Options net;
  archive::Options archive;
  ingest::Options ingest;
  playback::Options playback;
  std::string blobs;  ///< folder of what is kept for good
  jobs::Runner::Options jobs;
  desk::ClipOptions clips;
  desk::CoverageOptions coverage;

  std::string database_file() const { return data + "/longtake.db"; }
  std::string key_file() const { return data + "/secret.key"; }
};

}  // namespace longtake::app
