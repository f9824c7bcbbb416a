#include "gateway/ws/stream_hub.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/base/check.h"
#include "gateway/market/alerts.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds ask_again{100};
constexpr std::size_t snapshot_trades = 100;
constexpr std::size_t most_bundled = 32 * 1024;

std::vector<std::string> updates_of(const Topic& topic, const std::string& symbol, const Entry& entry) {
  const auto number = static_cast<std::uint32_t>(topic.key);
  const BrokerId broker(number);
  switch (topic.channel) {
    case Channel::trades:
      return trades_updates(entry, InstrumentId(number), symbol);
    case Channel::orders:
      return orders_updates(entry, broker);
    case Channel::fills:
      return fills_updates(entry, broker);
    case Channel::notices:
      return notices_updates(entry, broker);
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
    : io_(io),
      pool_(pool),
      queries_(queries),
      feed_(feed),
      history_entries_(history_entries),
      watch_(io, queries, [this](AccountId account, const AccountView* view) { publish_account(account, view); }),
      reader_(io, feed) {}

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
  watch_.stop();
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
  watch_.start(opening.market);
  const Sequence state = board_.applied();
  const Sequence recall_after(state.raw() - std::min(state.raw(), history_entries_));
  reader_.start(recall_after, state,
                {.recalled =
                     [this](const Entry& entry) {
                       board_.recall(entry);
                       draw(entry);
                     },
                 .caught_up = [this] { ready_ = true; },
                 .entry = [this](const Entry& entry) { on_entry(entry); },
                 .piece_done = [this] { hand_out(); }});
}

void StreamHub::subscribe(const Topic& topic, StreamReader& reader) {
  readers_[topic].push_back(&reader);
  if (is_of_account(topic.channel)) {
    said_.erase(topic);  // whoever comes anew hears the state, also when it stays as it is
    watch_.follow(AccountId(topic.key));
  } else if (!is_replayable(topic.channel)) {
    recent_.try_emplace(topic, board_.applied());
  }
}

void StreamHub::unsubscribe(const Topic& topic, StreamReader& reader) {
  const auto found = readers_.find(topic);
  if (found == readers_.end()) return;
  std::erase(found->second, &reader);
  if (!found->second.empty()) return;
  readers_.erase(found);
  said_.erase(topic);
  if (!is_of_account(topic.channel)) return;
  for (const Channel channel : {Channel::holdings, Channel::cash}) {
    const auto other = readers_.lower_bound({channel, topic.key});
    if (other != readers_.end() && other->first.channel == channel && other->first.key == topic.key) return;
  }
  watch_.forget(AccountId(topic.key));
}

std::optional<std::vector<Text>> StreamHub::recent(const Topic& topic, Sequence from) const {
  const auto found = recent_.find(topic);
  return found == recent_.end() ? std::nullopt : found->second.after(from);
}

Text StreamHub::snapshot(const Topic& topic) const {
  const auto share = [](std::string text) { return std::make_shared<const std::string>(std::move(text)); };
  if (topic.channel == Channel::status) return share(status_message(board_));
  if (is_of_broker(topic.channel) || is_of_account(topic.channel)) return nullptr;
  const BoardInstrument* instrument = board_.find(InstrumentId(static_cast<std::uint32_t>(topic.key)));
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
  const BoardInstrument* instrument = board_.find(InstrumentId(static_cast<std::uint32_t>(topic.key)));
  std::string symbol(topic.channel == Channel::trades && instrument != nullptr ? instrument->symbol.view() : "");
  net::post(pool_,
            [&io = io_, &feed = feed_, topic, after, symbol = std::move(symbol), done = std::move(done)]() mutable {
              net::post(io, [done = std::move(done), piece = read_piece(feed, topic, symbol, after)]() mutable {
                done(std::move(piece));
              });
            });
}

void StreamHub::publish(const Topic& topic, std::string text) {
  const Text shared = std::make_shared<const std::string>(std::move(text));
  if (const auto kept = recent_.find(topic); kept != recent_.end()) kept->second.add(board_.applied(), shared);
  if (!readers_.contains(topic)) return;
  if (topic != bundle_topic_ || bundle_.frames().size() > most_bundled) hand_out();
  bundle_topic_ = topic;
  bundle_.add(board_.applied(), shared);
}

void StreamHub::hand_out() {
  if (bundle_.empty()) return;
  const Bundle bundle = std::exchange(bundle_, {});
  const auto found = readers_.find(bundle_topic_);
  if (found == readers_.end()) return;
  for (StreamReader* reader : found->second) reader->deliver(bundle_topic_, bundle);
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
  for (auto at = readers_.lower_bound({Channel::orders}); at != readers_.end() && is_of_broker(at->first.channel);
       ++at) {
    const Topic topic = at->first;
    for (std::string& text : updates_of(topic, "", entry)) publish(topic, std::move(text));
  }
}

void StreamHub::publish_account(AccountId account, const AccountView* view) {
  for (const Channel channel : {Channel::holdings, Channel::cash}) {
    auto at = readers_.lower_bound({channel, account.raw()});
    while (at != readers_.end() && at->first.channel == channel && at->first.key == account.raw()) {
      const Topic topic = at->first;
      const std::vector<StreamReader*>& readers = (at++)->second;
      if (view == nullptr || !may_see(topic.viewer, *view)) {
        end_topic(topic, "there is no such account for you, or no longer");
        continue;
      }
      std::string state = account_state(channel == Channel::holdings, *view);
      if (said_[topic] == state) continue;
      Bundle bundle;
      bundle.add(view->as_of, std::make_shared<const std::string>(account_message(name_of(channel), *view, state)));
      said_[topic] = std::move(state);
      for (StreamReader* reader : readers) reader->deliver(topic, bundle);
    }
  }
}

void StreamHub::end_topic(const Topic& topic, std::string_view why) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add("channel", topic.channel);
  fields.add_text("type", "ended");
  fields.add("sequence", board_.applied());
  fields.add("account", topic.key);
  fields.add_text("code", "not_permitted");
  fields.add_text("text", why);
  Bundle bundle;
  bundle.add(board_.applied(), std::make_shared<const std::string>(out + "}"));
  const std::vector<StreamReader*> readers = readers_[topic];
  for (StreamReader* reader : readers) {
    reader->deliver(topic, bundle);
    unsubscribe(topic, *reader);
    reader->ended(topic);
  }
}

void StreamHub::draw(const Entry& entry) {
  for (const Event& event : entry.events)
    if (const auto trade = public_trade(entry, event)) candles_.add(*trade);
}

void StreamHub::on_entry(const Entry& entry) {
  draw(entry);
  if (!entry.outcome.accepted() && !entry.repeats)
    if (const RejectEntry* row = find_reject(entry.outcome.code)) ++rejects_[std::string(row->name)];
  for (const Event& event : entry.events)
    if (const std::string_view alert = alert_of(event); !alert.empty()) ++alerts_[std::string(alert)];
  publish_changes(board_.apply(entry), entry);
  publish_private(entry);
  watch_.on_entry(entry);
}

}  // namespace pace
