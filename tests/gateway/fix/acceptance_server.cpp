// The counterparty of QuickFIX's acceptance conversations (acceptance_test.py): our transport, framing, store and
// session layer, without a password and with the application that the conversations expect: ISLD, which says D and d
// back to TW and drops what is said to be a repeat (97=Y) of a ClOrdID that it has. Numbers start anew at each Logon.
// usage: fix_acceptance_server DICTIONARY DIRECTORY   listens on a free port of the loopback and prints it
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <set>

#include "gateway/fix/door.h"
#include "gateway/fix/framer.h"

namespace pace::fix {
namespace {

class Echo final : public SessionApplication {
 public:
  void on_logon(Session&) override {}
  void on_gone(Session&) override { seen_.clear(); }
  void on_reset(Session&) override {}
  [[nodiscard]] int first_unsettled() const override { return 0; }
  bool on_message(Session& session, const Incoming& message) override {
    if (message.type() != "D" && message.type() != "d") return false;
    const bool repeat = message.header(poss_resend) == "Y";
    const std::string id(message.body().find(11).value_or(""));
    if (message.type() == "D" && !seen_.insert(id).second && repeat) return true;
    Outgoing echo;
    echo.begin(message.type());
    if (const auto said = message.header(poss_resend)) echo.put(poss_resend, *said);
    say_back(echo, message.body());
    session.send(echo);
    return true;
  }

 private:
  static constexpr int poss_resend = 97;
  static void say_back(Outgoing& echo, const Fields& fields) {
    for (const Said& said : fields) {
      if (said.depth != fields.depth()) continue;
      const Fields::Entries entries = fields.entries(said.tag);
      if (entries.size() == 0) {
        echo.put(said.tag, said.value);
        continue;
      }
      Outgoing::Group group(echo, said.tag);
      for (const Fields entry : entries) {
        group.entry();
        say_back(echo, entry);
      }
    }
  }
  std::set<std::string> seen_;
};

class Server final : public DoorOwner {
 public:
  Server(boost::asio::io_context& context, const char* dictionary, const char* directory)
      : strand_(boost::asio::make_strand(context)),
        timer_(strand_),
        dictionary_(dictionary),
        session_({.dictionary = dictionary_,
                  .directory = directory,
                  .comp_id = "ISLD",
                  .counterparty = "TW",
                  .max_stored_messages = 10'000,
                  .reset_on_logon = true},
                 echo_),
        door_(
            std::make_shared<Door>(strand_, *this,
                                   Door::Limits{.connections = 16,
                                                .waiting = 8,
                                                .logon_timeout = std::chrono::seconds(10),
                                                .each = {.max_body_bytes = 16 * 1024, .max_unsent_bytes = 1 << 20}})) {}
  std::uint16_t open() {
    const std::uint16_t port = door_->listen("127.0.0.1", 0);
    door_->open();
    tick();
    return port;
  }

  void on_message(Connection& connection, std::string_view message) override {
    if (connection.session == nullptr && !log_on(connection, message)) return connection.abort("no Logon of TW's");
    session_.receive(message);
  }
  void on_turn_end() override {
    session_.flush();
    door_->flush();
  }
  void on_gone(Connection& connection, const std::string&) override {
    if (connection.session != nullptr) session_.detach_from(connection);
  }
  void on_trouble(const std::string& what) override { std::fprintf(stderr, "%s\n", what.c_str()); }

 private:
  bool log_on(Connection& connection, std::string_view message) {
    const auto says = [&](int tag, std::string_view value) { return find_tag(message, tag) == value; };
    if (!says(35, "A") || !says(8, "FIX.4.4") || !says(49, "TW") || !says(56, "ISLD") || session_.attached())
      return false;
    connection.session = &session_;
    door_->logged_on(connection);
    session_.attach(connection);
    return true;
  }
  void tick() {
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      if (session_.attached()) session_.tick();
      door_->check(std::chrono::steady_clock::now());
      on_turn_end();
      tick();
    });
  }

  Strand strand_;
  boost::asio::steady_timer timer_;
  Dictionary dictionary_;
  Echo echo_;
  Session session_;
  std::shared_ptr<Door> door_;
};

}  // namespace
}  // namespace pace::fix

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fix_acceptance_server DICTIONARY DIRECTORY\n");
    return 2;
  }
  try {
    boost::asio::io_context context;
    pace::fix::Server server(context, argv[1], argv[2]);
    std::printf("%d\n", server.open());
    std::fflush(stdout);
    context.run();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "fix_acceptance_server: %s\n", fault.what());
    return 1;
  }
}
