#include "gateway/ws/stream_hub.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/base/check.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds ask_again{100};
constexpr std::size_t snapshot_trades = 100;

std::vector<std::string> updates_of(const Topic& topic, const std::string& symbol, const Entry& entry) {
  switch (topic.channel) {
    case Channel::trades:
      return trades_updates(entry, InstrumentId(topic.key), symbol);
    case Channel::orders:
      return orders_updates(entry, BrokerId(topic.key));
    case Channel::fills:
      return fills_updates(entry, BrokerId(topic.key));
    default:
      return {};
  }
}

StreamHub::Replayed read_piece(EventFeed& feed, const Topic& topic, const std::string& symbol, Sequence after) {
  StreamHub::Replayed piece{{}, after};
  const EntryBatchPtr batch = feed.next(after, std::chrono::milliseconds(0));
  if (batch == nullptr) return piece;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const Entry entry = entry_at(*batch, i);
    for (std::string& text : updates_of(topic, symbol, entry))
      piece.messages.emplace_back(entry.sequence(), std::make_shared<const std::string>(std::move(text)));
  }
  piece.reached = batch->last();
  return piece;
}

}  // namespace

/// The questions at the start. Answers come on the gate's thread and are handed to the io thread; after stop() they
/// find `hub` gone.
struct StreamHub::Opening {
  explicit Opening(StreamHub& owner) : hub(&owner), timer(owner.io_) {}
  StreamHub* hub;
  net::steady_timer timer;
  OrdersView orders;
  MarketView market;
};

StreamHub::StreamHub(net::io_context& io, net::thread_pool& pool, QueryPort& queries, EventFeed& feed,
                     std::uint64_t history_entries)
    : io_(io), pool_(pool), queries_(queries), feed_(feed), history_entries_(history_entries), reader_(io, feed) {}

StreamHub::~StreamHub() {
  stop();
}

void StreamHub::start() {
  opening_ = std::make_shared<Opening>(*this);
  ask_orders(opening_);
}

void StreamHub::stop() {
  ready_ = false;
  if (opening_ != nullptr) {
    opening_->hub = nullptr;
    opening_->timer.cancel();
    opening_.reset();
  }
  reader_.stop();
}

void StreamHub::retry(const std::shared_ptr<Opening>& opening) {
  opening->timer.expires_after(ask_again);
  opening->timer.async_wait([opening](boost::system::error_code error) {
    if (!error && opening->hub != nullptr) opening->hub->ask_orders(opening);
  });
}

void StreamHub::ask_orders(const std::shared_ptr<Opening>& opening) {
  const Reject answer = queries_.ask(AskOrders{}, [this_io = &io_, opening](const Answer& orders) {
    net::post(*this_io, [opening, orders = std::get<OrdersView>(orders)]() mutable {
      opening->orders = std::move(orders);
      if (opening->hub != nullptr) opening->hub->ask_market(opening);
    });
  });
  if (answer != Reject::none) retry(opening);
}

void StreamHub::ask_market(const std::shared_ptr<Opening>& opening) {
  const Reject answer = queries_.ask(AskMarket{}, [this_io = &io_, opening](const Answer& market) {
    net::post(*this_io, [opening, market = std::get<MarketView>(market)]() mutable {
      opening->market = std::move(market);
      if (opening->hub != nullptr) opening->hub->open(*opening);
    });
  });
  if (answer != Reject::none) retry(opening);
}

void StreamHub::open(const Opening& opening) {
  board_.start(opening.market, opening.orders);
  const Sequence state = board_.applied();
  const Sequence recall_after(state.raw() - std::min(state.raw(), history_entries_));
  reader_.start(recall_after, state,
                {.recalled = [this](const Entry& entry) { board_.recall(entry); },
                 .caught_up = [this] { ready_ = true; },
                 .entry = [this](const Entry& entry) { on_entry(entry); }});
}

void StreamHub::subscribe(const Topic& topic, StreamReader& reader) {
  readers_[topic].push_back(&reader);
}

void StreamHub::unsubscribe(const Topic& topic, StreamReader& reader) {
  const auto found = readers_.find(topic);
  if (found == readers_.end()) return;
  std::erase(found->second, &reader);
  if (found->second.empty()) readers_.erase(found);
}

Text StreamHub::snapshot(const Topic& topic) const {
  const auto share = [](std::string text) { return std::make_shared<const std::string>(std::move(text)); };
  if (topic.channel == Channel::status) return share(status_message(board_));
  const BoardInstrument* instrument = is_private(topic.channel) ? nullptr : board_.find(InstrumentId(topic.key));
  if (instrument == nullptr) return nullptr;
  switch (topic.channel) {
    case Channel::book:
      return share(book_snapshot(*instrument));
    case Channel::trades:
      return share(trades_snapshot(board_, *instrument, snapshot_trades));
    case Channel::ticker:
      return share(ticker_message(board_, *instrument));
    default:
      return share(auction_message(board_, *instrument));
  }
}

void StreamHub::replay(const Topic& topic, Sequence after, std::function<void(Replayed)> done) {
  PACE_CHECK(is_replayable(topic.channel));
  const BoardInstrument* instrument = board_.find(InstrumentId(topic.key));
  std::string symbol(topic.channel == Channel::trades && instrument != nullptr ? instrument->symbol.view() : "");
  net::post(pool_,
            [&io = io_, &feed = feed_, topic, after, symbol = std::move(symbol), done = std::move(done)]() mutable {
              net::post(io, [done = std::move(done), piece = read_piece(feed, topic, symbol, after)]() mutable {
                done(std::move(piece));
              });
            });
}

void StreamHub::publish(const Topic& topic, std::string text) {
  const auto found = readers_.find(topic);
  if (found == readers_.end()) return;
  const Text shared = std::make_shared<const std::string>(std::move(text));
  for (StreamReader* reader : found->second) reader->deliver(topic, board_.applied(), shared);
}

void StreamHub::publish_changes(const BoardChanges& changes, const Entry& entry) {
  for (const BoardChanges::Touched& touched : changes.touched) {
    const BoardInstrument& instrument = *board_.find(touched.instrument);
    const std::uint32_t key = touched.instrument.raw();
    const bool book = !touched.bids.empty() || !touched.asks.empty();
    if (book && wanted({Channel::book, key})) publish({Channel::book, key}, book_delta(instrument, touched));
    if (touched.trades && wanted({Channel::trades, key}))
      for (std::string& text : trades_updates(entry, touched.instrument, instrument.symbol.view()))
        publish({Channel::trades, key}, std::move(text));
    if (touched.ticker && wanted({Channel::ticker, key}))
      publish({Channel::ticker, key}, ticker_message(board_, instrument));
    if (touched.auction && wanted({Channel::auction, key}))
      publish({Channel::auction, key}, auction_message(board_, instrument));
  }
  if (changes.status && wanted({Channel::status, 0})) publish({Channel::status, 0}, status_message(board_));
}

void StreamHub::publish_private(const Entry& entry) {
  // Only topics that somebody reads are looked at: a handful of brokers.
  for (auto at = readers_.lower_bound({Channel::orders, 0}); at != readers_.end(); ++at) {
    const Topic topic = at->first;
    for (std::string& text : updates_of(topic, "", entry)) publish(topic, std::move(text));
  }
}

void StreamHub::on_entry(const Entry& entry) {
  if (!entry.outcome.accepted() && !entry.repeats)
    if (const RejectEntry* row = find_reject(entry.outcome.code)) ++rejects_[std::string(row->name)];
  publish_changes(board_.apply(entry), entry);
  publish_private(entry);
}

}  // namespace pace
