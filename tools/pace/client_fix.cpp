// `pace client fix`: a broker's FIX client. Plays a file of orders against an exchange and writes every report to
// another, at one go or step by step under the control of its standard input.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "tools/pace/client_fix_session.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

struct ClientOptions {
  FixClientSettings fix;
  std::string orders, report, password_file;
  double rate = 0;  // orders per second; 0: as fast as answers allow
  std::size_t from = 0, to = static_cast<std::size_t>(-1);
  int patience_s = 60;
  bool wait_all = false, interactive = false, quiet = false;
};

std::string read_password(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) throw std::runtime_error(path + ": cannot be read, or is empty");
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

std::string stats_json(const FixClientStats& s) {
  std::ostringstream out;
  out << "\"sent\":" << s.sent << ",\"answered\":" << s.answered << ",\"accepted\":" << s.accepted
      << ",\"rejected\":" << s.rejected << ",\"cancelled\":" << s.cancelled << ",\"replaced\":" << s.replaced
      << ",\"cancel_rejects\":" << s.cancel_rejects << ",\"expired\":" << s.expired << ",\"fills\":" << s.fills
      << ",\"bought_kg\":" << s.bought_kg << ",\"sold_kg\":" << s.sold_kg << ",\"reports\":" << s.reports
      << ",\"duplicates\":" << s.duplicates << ",\"poss_dups\":" << s.poss_dups << ",\"busy\":" << s.busy
      << ",\"refused\":" << s.refused << ",\"logons\":" << s.logons
      << ",\"logged_on\":" << (s.logged_on ? "true" : "false");
  return out.str();
}

class ClientRun {
 public:
  explicit ClientRun(ClientOptions options)
      : options_(std::move(options)),
        rows_(load_orders(options_.orders)),
        reports_(options_.report),
        client_(options_.fix, rows_, reports_) {}

  int run() {
    client_.start();
    const int status = options_.interactive ? converse() : play();
    client_.stop();
    return status;
  }

 private:
  [[nodiscard]] Milliseconds patience() const { return std::chrono::seconds(options_.patience_s); }

  bool send_range(std::size_t from, std::size_t to) {
    const auto begin = Clock::now();
    auto shown = begin;
    for (std::size_t row = from; row < to; ++row) {
      if (options_.rate > 0)
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                                                  static_cast<double>(row - from) / options_.rate)));
      if (!client_.send(row, patience())) return false;
      if (Clock::now() - shown > std::chrono::seconds(1)) {
        shown = Clock::now();
        progress("sending", row - from + 1, to - from);
      }
    }
    return true;
  }

  void progress(const char* what, std::size_t done, std::size_t of) const {
    if (options_.quiet) return;
    std::cerr << options_.fix.sender << ": " << what << " " << done << "/" << of << ", answered "
              << client_.stats().answered << "\n";
  }

  int play() {
    if (!client_.wait_logged_on(patience()))
      throw std::runtime_error("no logon within " + std::to_string(options_.patience_s) + " s");
    const auto begin = Clock::now();
    const std::size_t to = std::min(options_.to, rows_.size());
    bool done = send_range(std::min(options_.from, to), to) && client_.wait_answered(patience());
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (done && options_.wait_all) done = client_.wait_idle(Milliseconds(500), patience());
    std::cout << "{\"ok\":" << (done ? "true" : "false") << "," << stats_json(client_.stats())
              << ",\"seconds\":" << seconds << "}" << std::endl;
    return done ? 0 : 1;
  }

  // One line in, one line of JSON out.
  int converse() {
    std::string line;
    while (std::getline(std::cin, line)) {
      std::istringstream words(line);
      std::string command;
      words >> command;
      if (command.empty()) continue;
      if (command == "quit") {
        reply(command, true);
        return 0;
      }
      if (command == "send") {
        send_command(words);
      } else if (command == "wait") {
        reply(command, client_.wait_answered(patience()), "not every request was answered in time");
      } else if (command == "logon") {
        reply(command, client_.wait_logged_on(patience()), "not logged on in time");
      } else if (command == "idle") {
        reply(command, client_.wait_idle(Milliseconds(300), patience()), "reports keep coming");
      } else if (command == "stats") {
        reply(command, true);
      } else {
        reply(command, false, "unknown command; known: send FROM TO, wait, idle, logon, stats, quit");
      }
    }
    return 0;
  }

  void send_command(std::istringstream& words) {
    std::size_t from = 0, to = 0;
    if (!(words >> from >> to) || from > to || to > rows_.size())
      return reply("send", false,
                   "send FROM TO: rows from 0, TO not included, at most " + std::to_string(rows_.size()));
    reply("send", send_range(from, to), "answers stopped coming");
  }

  void reply(const std::string& command, bool ok, const std::string& error = "") const {
    std::string shown;
    for (const char c : command)
      if (c >= ' ' && c <= '~' && c != '"' && c != '\\') shown += c;
    std::cout << "{\"command\":\"" << shown << "\",\"ok\":" << (ok ? "true" : "false");
    if (!ok) std::cout << ",\"error\":\"" << error << "\"";
    std::cout << "," << stats_json(client_.stats()) << "}" << std::endl;
  }

  const ClientOptions options_;
  const std::vector<OrderRow> rows_;
  ReportFile reports_;
  FixClient client_;
};

void describe(CLI::App& fix, ClientOptions& o) {
  fix.add_option("--host", o.fix.host, "address of the exchange")->capture_default_str();
  fix.add_option("--port", o.fix.port, "its FIX port")->required();
  fix.add_option("--sender", o.fix.sender, "SenderCompID: the broker's code")->required();
  fix.add_option("--target", o.fix.target, "TargetCompID")->capture_default_str();
  fix.add_option("--user", o.fix.user, "Username (553); the sender when not given");
  fix.add_option("--password-file", o.password_file, "file whose first line is the password (554)")->required();
  fix.add_option(
         "--orders", o.orders,
         "CSV: action,cl_ord_id,orig_cl_ord_id,principal,symbol,side,type,tif,price_fen,quantity,display,post_only")
      ->required();
  fix.add_option("--report", o.report, "CSV of every report; appended to, duplicates by ExecID are never written twice")
      ->required();
  fix.add_option("--store", o.fix.store, "directory of the FIX session (numbers, messages); REPORT.fix when not given");
  fix.add_option("--dictionary", o.fix.dictionary, "PACE44.xml; that of the source tree when not given");
  fix.add_option("--rate", o.rate, "orders per second; 0: as fast as the answers come")->capture_default_str();
  fix.add_option("--window", o.fix.window, "requests without an answer before sending waits")->capture_default_str();
  fix.add_option("--from", o.from, "first row to send, from 0")->capture_default_str();
  fix.add_option("--to", o.to, "row to stop before");
  fix.add_option("--heartbeat", o.fix.heartbeat_s, "HeartBtInt (108), seconds")->capture_default_str();
  fix.add_option("--patience", o.patience_s, "seconds without progress before giving up")->capture_default_str();
  fix.add_flag("--wait-all", o.wait_all, "after the answers, wait until no more reports come");
  fix.add_flag("--interactive", o.interactive,
               "take `send FROM TO`, `wait`, `idle`, `logon`, `stats`, `quit` on standard input");
  fix.add_flag("--quiet", o.quiet, "no progress on standard error");
}

}  // namespace

int run_client(int argc, char** argv) {
  CLI::App app{"Clients of the exchange.", "pace client"};
  app.require_subcommand(1);
  CLI::App& fix = *app.add_subcommand(
      "fix",
      "Send a file of orders by FIX 4.4. Survives the exchange going away: it reconnects and both sides resend. Exit "
      "status 0 when every order sent got its first answer.");
  ClientOptions options;
  describe(fix, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.fix.password = read_password(options.password_file);
  if (options.fix.user.empty()) options.fix.user = options.fix.sender;
  if (options.fix.store.empty()) options.fix.store = options.report + ".fix";
  if (options.fix.dictionary.empty()) options.fix.dictionary = PACE_SOURCE_DIR "/config/fix/PACE44.xml";
  return ClientRun(std::move(options)).run();
}

}  // namespace pace::tool
