#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdlib>
#include <fstream>

#include "gateway/auth/tls.h"
#include "tests/gateway/gateway_harness.h"
#include "tests/temporary_directory.h"

using namespace pace;
using namespace std::chrono_literals;
namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

class Client {
 public:
  explicit Client(std::uint16_t port, const std::string& origin = "", int receive_buffer = 0,
                  const std::string& target = "/ws")
      : stream_(io_) {
    auto& socket = stream_.next_layer();
    socket.open(net::ip::tcp::v4());
    if (receive_buffer > 0) socket.set_option(net::socket_base::receive_buffer_size(receive_buffer));
    socket.connect({net::ip::address_v4::loopback(), port});
    if (!origin.empty())
      stream_.set_option(websocket::stream_base::decorator(
          [origin](websocket::request_type& request) { request.set(beast::http::field::origin, origin); }));
    websocket::permessage_deflate offer;
    offer.client_enable = true;
    stream_.set_option(offer);
    websocket::response_type response;
    beast::error_code error;
    stream_.handshake(response, "localhost:" + std::to_string(port), target, error);
    status = response.result_int();
    extensions = std::string(response["Sec-WebSocket-Extensions"]);
  }
  /// A piece of a message that has no end.
  void say_piece(const std::string& text) {
    stream_.auto_fragment(false);
    beast::error_code error;
    stream_.write_some(false, net::buffer(text), error);
  }
  void ping() {
    beast::error_code error;
    stream_.ping({}, error);
  }
  void say(const std::string& text, bool binary = false) {
    stream_.binary(binary);
    beast::error_code error;
    stream_.write(net::buffer(text), error);
  }
  /// The next message; empty when the connection ended, see `reason`.
  std::string hear() {
    beast::flat_buffer buffer;
    beast::error_code error;
    stream_.read(buffer, error);
    if (!error) return beast::buffers_to_string(buffer.data());
    reason = stream_.reason();
    return {};
  }
  /// The next message with `part` in it; empty when the connection ended or the next hundred are without it.
  std::string hear_with(std::string_view part) {
    for (int others = 0; others < 100; ++others) {
      std::string text = hear();
      if (text.empty() || text.find(part) != std::string::npos) return text;
    }
    return {};
  }

  unsigned status = 0;
  std::string extensions;
  websocket::close_reason reason;

 private:
  net::io_context io_;
  websocket::stream<net::ip::tcp::socket> stream_;
};

}  // namespace

TEST_CASE("websocket: greets, beats, and passes the stream on") {
  HttpOptions options;
  options.ws_heartbeat = 30ms;
  Served served(std::move(options));
  Client client(served.port);
  CHECK(client.hear().find("\"op\":\"hello\"") != std::string::npos);
  CHECK(client.hear_with("heartbeat").find("\"phase\":\"morning\"") != std::string::npos);
  client.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026"})");
  CHECK_FALSE(client.hear_with("snapshot").empty());
  served.exchange.emit({trade(1, 8000, 10, 1, 0, 2, 0)});
  CHECK(client.hear_with("update").find("\"price\":8000") != std::string::npos);
}

TEST_CASE("websocket: only the own host and allowed origins may connect") {
  HttpOptions options;
  options.allowed_origins = {"https://broker.example"};
  Served served(std::move(options));
  CHECK(Client(served.port, "http://evil.example").status == 403);
  CHECK(Client(served.port, "https://broker.example.evil").status == 403);
  CHECK(Client(served.port, "null").status == 403);
  CHECK(Client(served.port, "https://broker.example").status == 101);
  CHECK(Client(served.port, "http://localhost:" + std::to_string(served.port)).status == 101);
  CHECK(Client(served.port).status == 101);
}

TEST_CASE("websocket: a message beyond the limit or a binary one ends the session with its code") {
  HttpOptions options;
  options.ws_max_message_bytes = 1000;
  Served served(std::move(options));
  Client large(served.port), binary(served.port);
  large.say(std::string(1001, ' '));
  while (!large.hear().empty()) {
  }
  CHECK(large.reason.code == websocket::close_code::too_big);
  binary.say("{}", true);
  while (!binary.hear().empty()) {
  }
  CHECK(binary.reason.code == websocket::close_code::unknown_data);
  CHECK(Client(served.port).status == 101);
}

TEST_CASE("websocket: a reader that stalls is dropped at the limit and told so, others notice nothing") {
  HttpOptions options;
  options.ws_max_queue_bytes = 100'000;
  options.ws_send_buffer_bytes = 4096;
  options.ws_heartbeat = 50ms;  // a message that is missing shows as a row of heartbeats
  Served served(std::move(options));
  Client stalled(served.port, "", 4096), second(served.port), third(served.port);
  for (Client* client : {&stalled, &second, &third}) {  // one after the other: the one who is dropped stands first
    client->say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026"})");
    CHECK_FALSE(client->hear_with("snapshot").empty());
  }
  std::vector<Event> many;
  for (std::uint64_t i = 1; i <= 100; ++i) many.push_back(trade(i, 8000, 1, 1000 + i, 0, 2000 + i, 0));
  for (int i = 0; i < 100; ++i) {
    const std::string sequence = "\"sequence\":" + std::to_string(served.exchange.emit(many).raw()) + ",";
    for (Client* client : {&second, &third}) REQUIRE(client->hear_with("update").find(sequence) != std::string::npos);
  }
  while (served.get("/metrics").find("pace_ws_dropped_total 1") == std::string::npos) std::this_thread::sleep_for(5ms);
  while (!stalled.hear().empty()) {
  }
  CHECK(stalled.reason.code == 4008);
  CHECK(std::string(stalled.reason.reason.c_str()).find("too slowly") != std::string::npos);
  while (served.gateway->sessions() != 2) std::this_thread::sleep_for(5ms);
}

TEST_CASE("websocket: a reader that never reads again does not keep its session") {
  HttpOptions options;
  options.ws_max_queue_bytes = 10'000;
  options.ws_send_buffer_bytes = 4096;
  Served served(std::move(options));
  Client dead(served.port, "", 4096);
  dead.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026"})");
  CHECK_FALSE(dead.hear_with("snapshot").empty());
  std::vector<Event> many;
  for (std::uint64_t i = 1; i <= 400; ++i) many.push_back(trade(i, 8000, 1, 1000 + i, 0, 2000 + i, 0));
  for (int i = 0; i < 30; ++i) served.exchange.emit(many);
  const auto end = std::chrono::steady_clock::now() + 6s;
  while (served.gateway->sessions() != 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(10ms);
  CHECK(served.gateway->sessions() == 0);
}

TEST_CASE("websocket: a stop says goodbye to every session") {
  Served served;
  Client first(served.port), second(served.port);
  CHECK_FALSE(first.hear().empty());
  CHECK_FALSE(second.hear().empty());
  auto stop = std::async(std::launch::async, [&] { served.stop(); });
  for (Client* client : {&first, &second}) {
    while (!client->hear().empty()) {
    }
    CHECK(client->reason.code == websocket::close_code::going_away);
  }
  stop.wait();
}

TEST_CASE("websocket: compression is the client's choice, and a bomb bursts at the message limit") {
  Served served;
  Client plain(served.port), deflated(served.port, "", 0, "/ws?compression=deflate");
  CHECK(plain.extensions.empty());  // it offered as well, but did not ask for it
  CHECK(deflated.extensions.find("permessage-deflate") != std::string::npos);
  CHECK(Client(served.port, "", 0, "/ws?compression=zip").status == 400);
  deflated.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026"})");
  CHECK_FALSE(deflated.hear_with("snapshot").empty());
  std::vector<Event> many;
  for (std::uint64_t i = 1; i <= 400; ++i) many.push_back(trade(i, 8000, 1, 1000 + i, 0, 2000 + i, 0));
  served.exchange.emit(many);
  CHECK(deflated.hear_with("update").find("\"trade\":400") != std::string::npos);
  deflated.say(std::string(20'000'000, ' '));
  while (!deflated.hear().empty()) {
  }
  CHECK(deflated.reason.code == websocket::close_code::too_big);
  CHECK(plain.hear_with("hello").find("nonce") != std::string::npos);
}

TEST_CASE("websocket: an offer of compression that says nothing of the client's window is taken") {
  Served served;
  Dial bare(served.port);
  bare.send(
      "GET /ws?compression=deflate HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate; client_max_window_bits\r\n\r\n");
  const std::string answer = bare.until("nonce");
  CHECK(answer.find("permessage-deflate") != std::string::npos);
  CHECK(answer.find("client_max_window_bits") == std::string::npos);
  // One stored block of deflate, then what is left of the empty one that ends a message (RFC 7692, 7.2.1).
  const std::string ping = R"({"op":"ping","id":"p"})";
  std::string packed{'\0', static_cast<char>(ping.size()), '\0', static_cast<char>(~ping.size()), '\xff'};
  packed += ping + std::string(1, '\0');
  bare.send(std::string{'\xc1', static_cast<char>(0x80 | packed.size())} + std::string(4, '\0') + packed);
  CHECK(bare.until("\"id\":\"p\"").find("\"status\":\"ok\"") != std::string::npos);
}

TEST_CASE("websocket: a message in pieces without an end, or a flood of pings, ends the session") {
  HttpOptions options;
  options.rate_per_second = 1;
  options.rate_burst = 50;
  options.ws_max_message_bytes = 1000;
  options.ws_heartbeat = 100ms;
  Served served(std::move(options));
  Client empty(served.port), pieces(served.port), pings(served.port), whole(served.port);
  for (int i = 0; i < 5000; ++i) empty.say_piece("");
  for (int i = 0; i < 100; ++i) pieces.say_piece("[");
  for (int i = 0; i < 60; ++i) pings.ping();
  for (Client* client : {&empty, &pieces, &pings}) {
    while (!client->hear().empty()) {
    }
    CHECK(client->reason.code == websocket::close_code::policy_error);
  }
  whole.say_piece(R"({"op":"ping",)");
  whole.say(R"("id":"p"})");
  CHECK_FALSE(whole.hear_with(R"("id":"p")").empty());
}

// The bound that idle clients are promised: 25 KiB each, kernel buffers aside.
TEST_CASE("websocket: a thousand idle clients take little memory") {
  const auto resident = [] {
    long pages = 0, mine = 0;
    std::ifstream("/proc/self/statm") >> pages >> mine;
    return mine * ::sysconf(_SC_PAGESIZE);
  };
  Served served;
  { Client warm(served.port); }
  std::vector<std::unique_ptr<Dial>> clients;
  const long before = resident();
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<Dial>(served.port));
    clients.back()->send(
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    clients.back()->until("hello");
  }
  const long each = (resident() - before) / 1000;
  MESSAGE(each << " bytes for each idle client");
  CHECK(each < 25 * 1024);
  CHECK(served.gateway->sessions() >= 1000);
}

TEST_CASE("websocket: over TLS the same client logs on, trades, is cut off and resumes; what is not TLS is closed" *
          doctest::skip(std::system("/usr/bin/python3 -c 'import websockets' 2>/dev/null") != 0)) {
  const test::TemporaryDirectory folder;
  const std::string certificate = (folder.path() / "tls.pem").string(), key = (folder.path() / "tls.key").string();
  REQUIRE(std::system(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
                       "subjectAltName=DNS:localhost -keyout " +
                       key + " -out " + certificate + " 2>/dev/null")
                          .c_str()) == 0);
  HttpOptions options;
  options.tls = std::make_shared<Tls>(TlsFiles{.certificate = certificate, .key = key});
  options.header_timeout = 2s;
  Served served(std::move(options));
  std::atomic<std::uint64_t> orders{0};
  served.exchange.on_command = [&](Entry& entry) {
    const std::uint64_t n = ++orders;
    entry.events = {accepted(n, Side::buy, 8000, 20, entry.stamped.request.request_id),
                    trade(n, 8000, 20, n, 0, 9000 + n, 0)};
  };
  const std::string command = "/usr/bin/python3 tests/gateway/ws/client.py " + std::to_string(served.tls_port) + " " +
                              (served.folder / "keys/ann.key").string() + " " + certificate;
  CHECK(std::system(command.c_str()) == 0);
  CHECK(orders == 20);
  Dial plain(served.tls_port);
  plain.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(plain.until_closed().find("200") == std::string::npos);
  const auto s_client = [&](const std::string& words) {
    return std::system(
        ("printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -verify_return_error -CAfile " +
         certificate + " -connect localhost:" + std::to_string(served.tls_port) + " " + words +
         " 2>/dev/null | grep -q '^ok'")
            .c_str());
  };
  CHECK(s_client("-tls1_2") == 0);
  CHECK(s_client("-tls1_3") == 0);
  CHECK(s_client("-tls1_1 -cipher DEFAULT@SECLEVEL=0") != 0);
}

TEST_CASE("web: TLS reads its files again, and clients show a certificate when it is required") {
  const test::TemporaryDirectory folder;
  const auto file = [&](const std::string& name) { return (folder.path() / name).string(); };
  const auto make = [&](const std::string& name, const std::string& common_name) {
    REQUIRE(std::system(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + common_name + " -keyout " +
                         file(name + ".key") + " -out " + file(name + ".pem") + " 2>/dev/null")
                            .c_str()) == 0);
  };
  make("server", "first");
  make("client", "client");
  make("stranger", "stranger");
  const auto tls = std::make_shared<Tls>(TlsFiles{file("server.pem"), file("server.key"), file("client.pem"), true});
  HttpOptions options;
  options.tls = tls;
  Served served(std::move(options));
  // 0 when the door answers with this name to a client with this certificate.
  const auto answers = [&](const std::string& name, const std::string& shown) {
    const std::string with = shown.empty() ? "" : " -cert " + file(shown + ".pem") + " -key " + file(shown + ".key");
    return std::system(("printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' | openssl s_client -ign_eof -connect localhost:" +
                        std::to_string(served.tls_port) + with + " > " + file("heard") +
                        " 2>/dev/null; grep -q '^ok' " + file("heard") + " && grep -q 'subject=CN = " + name + "' " +
                        file("heard"))
                           .c_str());
  };
  CHECK(answers("first", "client") == 0);
  CHECK(answers("first", "stranger") != 0);
  CHECK(answers("first", "") != 0);
  make("server", "second");
  CHECK(answers("first", "client") == 0);  // until it is told
  tls->reload();
  CHECK(answers("second", "client") == 0);
  std::ofstream(file("server.pem")) << "no certificate";
  CHECK_THROWS(tls->reload());
  CHECK(answers("second", "client") == 0);  // what was in force stays
}

// A client of somebody else: Debian's python3-websockets.
TEST_CASE("websocket: python3-websockets logs on, trades, is cut off and resumes" *
          doctest::skip(std::system("/usr/bin/python3 -c 'import websockets' 2>/dev/null") != 0)) {
  Served served;
  std::atomic<std::uint64_t> orders{0};
  served.exchange.on_command = [&](Entry& entry) {
    const std::uint64_t n = ++orders;
    entry.events = {accepted(n, Side::buy, 8000, 20, entry.stamped.request.request_id),
                    trade(n, 8000, 20, n, 0, 9000 + n, 0)};
  };
  const std::string command = "/usr/bin/python3 tests/gateway/ws/client.py " + std::to_string(served.port) + " " +
                              (served.folder / "keys/ann.key").string();
  CHECK(std::system(command.c_str()) == 0);
  CHECK(orders == 20);
}
