#pragma once
// The seam between the listener and the connections it accepts.

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/core.h"
#include "io/address.h"

namespace longtake::http {

enum class Welcome { serve, address_full, server_full };

/// Serves the connection until it closes (or only tells it that it is not wanted). The socket's executor must
/// run on one thread.
void open_connection(std::shared_ptr<Core> core, boost::asio::ip::tcp::socket socket, io::Address peer,
                     Welcome welcome);

}  // namespace longtake::http
