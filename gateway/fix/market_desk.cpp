#include "gateway/fix/market_desk.h"

#include <algorithm>

#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

enum class Wanted : char { once = '0', updates = '1', no_more = '2' };

Wanted wanted_of(const Fields& message, char otherwise) {
  return static_cast<Wanted>(char_of(message, 263, otherwise));
}

EntryKinds kinds_of(const Fields& message, std::string& unknown) {
  EntryKinds kinds;
  for (const Fields entry : message.entries(267)) {
    const std::string_view text = text_of(entry, 269);
    const std::size_t place = text.size() == 1 ? entry_kinds.find(text.front()) : std::string_view::npos;
    if (place == std::string_view::npos) {
      unknown = text;
    } else {
      kinds.set(place);
    }
  }
  return kinds;
}

Figures figures_of(const BoardInstrument& instrument) {
  return {instrument.day, instrument.indicative};
}

std::size_t level_count(const EntryKinds& kinds) {
  return (has(kinds, EntryKind::bid) ? 1U : 0U) + (has(kinds, EntryKind::offer) ? 1U : 0U);
}

}  // namespace

/// Why Y: its 281 and text. Thrown and caught in this file.
struct MarketDesk::Refused {
  char reason;
  std::string text;
};

std::size_t MarketDesk::Client::instruments() const {
  std::size_t n = watches.size();
  for (const auto& [id, request] : requests) n += request.listeners.size();
  return n;
}

// --- what happens ---------------------------------------------------------------------------------------------------

void MarketDesk::apply(const Entry& entry) {
  const BoardChanges& changes = board_.apply(entry);
  if (clients_.empty()) return;
  status_changed_ = status_changed_ || changes.status;
  for (const BoardChanges::Touched& touched : changes.touched) {
    const auto told = figures_.find(touched.instrument);
    if (told == figures_.end()) continue;  // nobody listens
    InstrumentNews& news = news_.try_emplace(touched.instrument, InstrumentNews{.before = told->second}).first->second;
    news.bids.insert(news.bids.end(), touched.bids.begin(), touched.bids.end());
    news.asks.insert(news.asks.end(), touched.asks.begin(), touched.asks.end());
    if (!touched.trades) continue;
    for (const Event& event : entry.events) {
      const auto trade = public_trade(entry, event);
      if (trade && trade->instrument == touched.instrument) news.deals.push_back({*trade, {}});
    }
  }
  for (const Event& event : entry.events) {
    const auto* broken = std::get_if<TradeBroken>(&event);
    if (broken == nullptr) continue;
    for (auto& [instrument, news] : news_)
      for (PublicDeal& deal : news.deals)
        if (deal.trade.trade == broken->opposite) deal.undone = broken->trade;
  }
}

void MarketDesk::follow_books() {
  level_changes_.clear();
  for (auto at = depths_.begin(); at != depths_.end();) {
    const auto view = at->second.lock();
    if (view == nullptr) {
      at = depths_.erase(at);
      continue;
    }
    const InstrumentId instrument = at->first.first;
    if (const auto news = news_.find(instrument); news != news_.end())
      level_changes_[view.get()] = view->follow(*board_.find(instrument), news->second);
    ++at;
  }
}

void MarketDesk::publish() {
  if (news_.empty() && !status_changed_ && !owing_) return;
  follow_books();
  owing_ = false;
  for (auto& [session, client] : clients_) publish_to(*session, client);
  std::erase_if(clients_, [](const auto& kept) { return kept.second.requests.empty() && kept.second.watches.empty(); });
  for (const auto& [instrument, news] : news_) figures_[instrument] = figures_of(*board_.find(instrument));
  if (clients_.empty()) figures_.clear();
  news_.clear();
  status_changed_ = false;
}

bool MarketDesk::done(const Request& request) {
  return !request.stays &&
         std::none_of(request.listeners.begin(), request.listeners.end(), [](const Listener& l) { return l.owed; });
}

// Nothing is made for a session that does not read; it is owed what stands when it does.
void MarketDesk::pass_over(Client& client) {
  for (auto& [id, request] : client.requests)
    for (Listener& listener : request.listeners)
      if (!listener.owed && news_.contains(listener.instrument)) listener.owed = listener.left_out = true;
  owing_ = true;
}

void MarketDesk::publish_to(Session& session, Client& client) {
  if (!session.takes_live(most_unsent)) return pass_over(client);
  for (auto& [id, request] : client.requests)
    for (Listener& listener : request.listeners) tell(session, id, request, listener);
  for (auto& [id, watch] : client.watches) tell(session, id, watch);
  std::erase_if(client.requests, [](const auto& kept) { return done(kept.second); });
  std::erase_if(client.watches, [](const auto& kept) { return !kept.second.stays && !kept.second.owed; });
}

bool MarketDesk::send(Session& session, Outgoing& message) {
  if (!session.send_live(message, most_unsent)) return false;
  told_(session);
  return true;
}

void MarketDesk::tell(Session& session, const std::string& id, const Request& request, Listener& listener) {
  const BoardInstrument& instrument = *board_.find(listener.instrument);
  Outgoing message;
  if (listener.owed) {
    write_snapshot(message, id, board_, instrument, request.depth, request.kinds,
                   listener.left_out ? "updates were left out: they were not read in time" : "");
    listener.owed = !send(session, message);
    if (!listener.owed) listener.left_out = false;
    owing_ = owing_ || listener.owed;
    return;
  }
  const auto news = news_.find(listener.instrument);
  if (news == news_.end()) return;
  static const std::vector<LevelChange> none;
  const auto levels = level_changes_.find(listener.book.get());
  if (!write_update(message, id, board_, instrument, request.kinds,
                    levels == level_changes_.end() ? none : levels->second, news->second))
    return;
  if (!send(session, message)) owing_ = listener.owed = listener.left_out = true;
}

MarketDesk::Told MarketDesk::now(InstrumentId instrument) const {
  if (!instrument) return {.phase = board_.phase(), .day = board_.day()};
  const BoardInstrument& of = *board_.find(instrument);
  return {of.state, board_.phase(), board_.day(), of.reference, of.lower, of.upper};
}

void MarketDesk::tell(Session& session, const WatchId& id, Watch& watch) {
  const Told fresh = now(watch.instrument);
  if (!watch.owed && fresh == watch.told) return;
  Outgoing message;
  if (watch.instrument) {
    write_security_status(message, id.second, board_, *board_.find(watch.instrument));
  } else {
    write_session_status(message, id.second, board_);
  }
  watch.owed = !send(session, message);
  owing_ = owing_ || watch.owed;
  if (!watch.owed) watch.told = fresh;
}

// --- requests -------------------------------------------------------------------------------------------------------

MarketDesk::Listener MarketDesk::listen(const BoardInstrument& instrument, const Request& request) {
  Listener listener{.instrument = instrument.instrument};
  figures_[instrument.instrument] = figures_of(instrument);
  if (!request.stays || level_count(request.kinds) == 0) return listener;
  std::weak_ptr<BookView>& kept = depths_[{instrument.instrument, request.depth}];
  listener.book = kept.lock();
  if (listener.book == nullptr) {
    listener.book = std::make_shared<BookView>(instrument, request.depth);
    kept = listener.book;
  }
  return listener;
}

MarketDesk::Request MarketDesk::read_request(const Client& client, const std::string& id, const Fields& message) {
  if (client.requests.contains(id)) throw Refused{'1', "MDReqID (262) is in use on this session"};
  if (client.requests.size() >= max_requests)
    throw Refused{'2', "a session may have " + std::to_string(max_requests) + " requests"};
  Request request{.stays = wanted_of(message, '0') == Wanted::updates};
  const std::uint64_t depth = number_of(message.find(264).value_or("0"), 264);
  if (depth > max_depth)
    throw Refused{'5', "MarketDepth (264) is 1 to " + std::to_string(max_depth) + ", or 0 for all"};
  request.depth = static_cast<unsigned>(depth);
  if (request.stays && char_of(message, 265, '1') != '1')
    throw Refused{'6', "MDUpdateType (265) is 1: a snapshot, then what changes"};
  if (char_of(message, 266, 'Y') != 'Y') throw Refused{'7', "AggregatedBook (266) is Y: quantities are given by price"};
  std::string unknown;
  request.kinds = kinds_of(message, unknown);
  if (!unknown.empty() || request.kinds.none())
    throw Refused{'8', "MDEntryType (269) " + clipped(unknown) + " is not given; those that are: 0 1 2 7 8 9 A B Q"};
  const Fields::Entries symbols = message.entries(146);
  const std::size_t n = symbols.size();
  if (n == 0) throw Refused{'0', "NoRelatedSym (146) names no Symbol (55)"};
  if (client.instruments() + n > max_instruments)
    throw Refused{'2', "a session may listen to " + std::to_string(max_instruments) + " instruments"};
  for (const Fields entry : symbols) {
    const std::string_view symbol = text_of(entry, 55);
    const BoardInstrument* instrument = board_.find(symbol);
    if (instrument == nullptr) throw Refused{'0', "Symbol (55) " + clipped(symbol) + " is not listed"};
    request.listeners.push_back(listen(*instrument, request));
  }
  return request;
}

void MarketDesk::take_market_data(Session& session, const Fields& message) {
  const std::string id = id_text_of(message, 262);
  Client& client = clients_[&session];
  try {
    if (wanted_of(message, '0') == Wanted::no_more) {
      if (client.requests.erase(id) == 0) throw Refused{0, "no request of this MDReqID (262) stands on this session"};
      return;
    }
    Request& request = client.requests[id] = read_request(client, id, message);
    for (Listener& listener : request.listeners) tell(session, id, request, listener);
    if (done(request)) client.requests.erase(id);
  } catch (const Refused& refused) {
    Outgoing answer;
    write_market_reject(answer, id, refused.reason, refused.text);
    if (!send(session, answer)) session.send(answer);
    told_(session);
  }
}

void MarketDesk::take_watch(Session& session, const WatchId& id, char wanted, InstrumentId instrument) {
  if (id.second.empty()) throw Unusable{field_missing, "the request has no id"};
  Client& client = clients_[&session];
  if (static_cast<Wanted>(wanted) == Wanted::no_more) {
    if (client.watches.erase(id) == 0) throw Unusable{other_fault, "no request of this id stands on this session"};
    return;
  }
  if (client.watches.contains(id)) throw Unusable{other_fault, "this request id is in use on this session"};
  if (client.instruments() >= max_instruments)
    throw Unusable{not_available, "a session may listen to " + std::to_string(max_instruments) + " instruments"};
  Watch& watch = client.watches[id];
  watch = {.instrument = instrument, .stays = static_cast<Wanted>(wanted) == Wanted::updates};
  tell(session, id, watch);
  if (!watch.stays && !watch.owed) client.watches.erase(id);
}

void MarketDesk::take_security_status(Session& session, const Fields& message) {
  const std::string_view symbol = text_of(message, 55);
  const BoardInstrument* instrument = board_.find(symbol);
  if (instrument == nullptr) throw Unusable{other_fault, "Symbol (55) " + clipped(symbol) + " is not listed"};
  take_watch(session, {'f', id_text_of(message, 324)}, char_of(message, 263, '0'), instrument->instrument);
}

void MarketDesk::take_session_status(Session& session, const Fields& message) {
  take_watch(session, {'h', id_text_of(message, 335)}, char_of(message, 263, '0'), {});
}

void MarketDesk::forget(Session& session) {
  clients_.erase(&session);
}

}  // namespace pace::fix
