#include "tools/pace/service.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "engine/sequencer/sequencer.h"
#include "gateway/auth/credentials.h"
#include "gateway/auth/tls.h"
#include "gateway/fix/fix_gateway.h"
#include "gateway/http/http_gateway.h"
#include "registry/store/emission_screen.h"
#include "tools/pace/figures.h"
#include "tools/pace/projections.h"

#ifndef PACE_SOURCE_DIR
#error "the build names the source directory, where config/ stands"
#endif

namespace pace::tool {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// An io_context with the one thread that runs it, until join() and until nothing is left on it.
class IoThread {
 public:
  IoThread() : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
  ~IoThread() { join(); }
  asio::io_context& io() { return io_; }
  void join() {
    guard_.reset();
    if (thread_.joinable()) thread_.join();
  }
  /// Runs `work` on the thread and waits for it; what it throws comes back.
  void run(const std::function<void()>& work) {
    std::packaged_task<void()> task(work);
    std::future<void> done = task.get_future();
    asio::post(io_, [&task] { task(); });
    done.get();
  }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

SequencerOptions sequencer_options(const Config& config, const std::string& data, std::atomic<bool>& failed) {
  SequencerOptions options;
  options.data_directory = data;
  options.clock = config.clock == "simulated" ? ClockMode::simulated : ClockMode::real;
  options.capacity.accounts = static_cast<std::uint64_t>(config.accounts);
  options.capacity.open_orders = static_cast<std::uint32_t>(config.open_orders);
  options.capacity.requests_per_day = static_cast<std::uint64_t>(config.requests_per_day);
  options.capacity.requests_touched = static_cast<std::uint64_t>(config.requests_touched);
  options.queue_capacity = static_cast<std::size_t>(config.queue);
  options.ring_bytes = static_cast<std::size_t>(config.ring);
  options.segment_bytes = static_cast<std::uint64_t>(config.segment);
  options.snapshot_every = static_cast<std::uint64_t>(config.snapshot_every);
  options.on_note = [](const std::string& note) { spdlog::info("recovery: {}", note); };
  options.on_fault = [&failed](const std::string& fault) {
    spdlog::error("{}", fault);
    failed = true;
  };
  return options;
}

// Checks a record's signature at the door; learns the sources' keys from the engine when one is not known.
Outcome screen_emission(EmissionScreen& screen, QueryPort& queries, const Request& request) {
  const auto* record = std::get_if<SubmitEmission>(&request.command);
  if (record == nullptr) return {};
  Outcome outcome = screen.check(*record);
  if (outcome.code != Reject::unknown_party) return outcome;
  auto learnt = std::make_shared<std::promise<MarketView>>();
  std::future<MarketView> market = learnt->get_future();
  const Reject asked =
      queries.ask(AskMarket{}, [learnt](const Answer& answer) { learnt->set_value(std::get<MarketView>(answer)); });
  if (asked != Reject::none || market.wait_for(10s) != std::future_status::ready) return {Reject::busy, 0, 0};
  try {
    screen.learn(market.get());
  } catch (const std::future_error&) {  // the question was dropped: the log failed
    return {Reject::stopping, 0, 0};
  }
  return screen.check(*record);
}

HttpOptions http_options(const Config& config) {
  HttpOptions options;
  options.address = config.http_address;
  options.port = static_cast<std::uint16_t>(config.http_port);
  options.max_connections = static_cast<std::size_t>(config.http_connections);
  options.max_body_bytes = static_cast<std::size_t>(config.http_body);
  std::istringstream origins(config.http_origins);
  for (std::string origin; origins >> origin;) options.allowed_origins.push_back(origin);
  options.tls_port = static_cast<std::uint16_t>(config.http_tls_port);
  return options;
}

void log_fix(FixLog level, const std::string& line) {
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                         spdlog::level::err};
  spdlog::log(levels[static_cast<std::size_t>(level)], "FIX: {}", line);
}

FixOptions fix_options(const Config& config, const std::string& data) {
  FixOptions options;
  options.address = config.fix_address;
  options.port = static_cast<std::uint16_t>(config.fix_port);
  options.directory = data + "/fix";
  options.dictionary = config.fix_dictionary.empty() ? PACE_SOURCE_DIR "/config/fix/PACE44.xml" : config.fix_dictionary;
  options.max_unsent_bytes = static_cast<std::size_t>(config.fix_outbound);
  options.max_connections = static_cast<std::size_t>(config.fix_connections);
  options.logon_timeout = config.fix_logon_timeout;
  options.tls_port = static_cast<std::uint16_t>(config.fix_tls_port);
  options.session_day = config.fix_session_day;
  options.messages_per_second = static_cast<double>(config.fix_messages);
  options.messages_burst = static_cast<double>(config.fix_burst);
  options.log = log_fix;
  return options;
}

}  // namespace

struct Service::Parts {
  Parts(const Config& configuration, const std::string& data)
      : config(configuration),
        credentials(data),
        sequencer(sequencer_options(config, data, fault)),
        projections(config, data, sequencer) {
    open_fix(data);
    try {
      open_web();
    } catch (...) {
      fix->stop();
      throw;
    }
  }

  void open_web() {
    HttpOptions options = http_options(config);
    if (!config.http_certificate.empty())
      options.tls =
          certificate({config.http_certificate, config.http_key, config.http_client_ca, config.http_client_required});
    options.screen = [this](const Request& request) { return screen_emission(screen, sequencer, request); };
    options.figures = [this] { return figures(sequencer.statistics(), projections.status(), fix->status()); };
    options.statement = [this](Date day, AccountId account) { return projections.statement(day, account); };
    options.registry_statement = [this](AccountId account) { return projections.registry_statement(account); };
    options.not_ready = [this] {
      return sequencer.failed() ? std::string("the log failed; nothing is taken") : std::string();
    };
    web_thread.run([&] {
      web = std::make_unique<HttpGateway>(web_thread.io(), sequencer, sequencer, sequencer, credentials,
                                          std::move(options));
      http_port = web->start();
      https_port = web->tls_port();
    });
  }

  void open_fix(const std::string& data) {
    FixOptions options = fix_options(config, data);
    if (!config.fix_tls_certificate.empty())
      options.tls = certificate(
          {config.fix_tls_certificate, config.fix_tls_key, config.fix_tls_client_ca, config.fix_tls_client_required});
    fix = std::make_unique<FixGateway>(fix_thread.io(), sequencer, sequencer, sequencer, logon_by(credentials),
                                       std::move(options));
    fix_port = fix->start();
  }

  void close_gateways() {
    fix->stop();
    web_thread.run([this] { web->stop(); });
  }

  std::shared_ptr<Tls> certificate(TlsFiles files) {
    return certificates.emplace_back(std::make_shared<Tls>(std::move(files)));
  }

  // A file that cannot be taken leaves what is in force.
  void reload() {
    for (const auto& tls : certificates) {
      try {
        tls->reload();
        spdlog::info("TLS: certificate and key read again; they hold for new connections");
      } catch (const std::exception& refused) {
        spdlog::error("{}; what was in force stays", refused.what());
      }
    }
  }

  bool close() {
    close_gateways();
    const bool clean = sequencer.stop();
    projections.stop(sequencer.released());
    fix_thread.join();
    web_thread.join();
    web.reset();  // the web's figures ask the FIX door
    fix.reset();
    return clean;
  }

  // Order matters: what runs callbacks is destroyed before what they touch.
  Config config;
  std::atomic<bool> fault{false};
  EmissionScreen screen;
  Credentials credentials;
  std::vector<std::shared_ptr<Tls>> certificates;  ///< read again on SIGHUP
  IoThread web_thread, fix_thread;
  Sequencer sequencer;
  Projections projections;
  std::unique_ptr<FixGateway> fix;
  std::unique_ptr<HttpGateway> web;
  std::uint16_t http_port = 0, https_port = 0, fix_port = 0;
  bool closed = false;
};

Service::Service(const Config& config, const std::string& data) {
  if (!std::filesystem::exists(data + "/credentials.toml"))
    throw std::runtime_error(data + ": not a data directory; make one with pace init --data " + data);
  parts_ = std::make_unique<Parts>(config, data);
}

Service::~Service() {
  if (parts_ && !parts_->closed) drain();
}

Ready Service::ready() const {
  return {parts_->config.http_address, parts_->http_port, parts_->https_port, parts_->fix_port,
          parts_->fix->tls_port(),     getpid()};
}

void Service::reload() {
  parts_->reload();
}

bool Service::failed() const {
  return parts_->fault;
}

bool Service::drain() {
  parts_->closed = true;
  return parts_->close() && !parts_->fault;
}

}  // namespace pace::tool
