// The answers to what an edge may ask (engine/message/queries.h). Nothing here changes the state.
#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/exchange/state.h"

namespace pace {
namespace {

InstrumentView view_of(const Instrument& instrument, const Listing& listing, const Ledger& ledger,
                       const Registrar& registrar) {
  return {.instrument = instrument.id,
          .symbol = instrument.symbol,
          .kind = instrument.kind,
          .vintage = instrument.vintage,
          .project = instrument.project,
          .state = listing.state,
          .reference = listing.reference,
          .lower = listing.lower,
          .upper = listing.upper,
          .last = listing.last,
          .issued = ledger.issued(instrument.id),
          .surrendered = ledger.holding(registrar.find(surrender_account), instrument.id).total,
          .cancelled = ledger.holding(registrar.find(cancellation_account), instrument.id).total};
}

// Has the broker a mandate in force for any class, whatever its bounds?
bool entrusted(const Registrar& registrar, AccountIndex principal, BrokerId broker, Date today) {
  for (const InstrumentKind kind : {InstrumentKind::allowance, InstrumentKind::phcer}) {
    const Entrustment* found = nullptr;
    const Reject code =
        registrar.check_entrustment(principal, broker, kind, Side::buy, Price{}, Quantity{}, today, found).code;
    if (code != Reject::no_entrustment && code != Reject::entrustment_not_active) return true;
  }
  return false;
}

}  // namespace

MarketView Exchange::State::market_view() const {
  MarketView view{.as_of = last_sequence, .time = last_time, .day = market.day(), .phase = market.phase()};
  for (std::size_t i = 0; i < registrar.instruments().size(); ++i)
    view.instruments.push_back(view_of(registrar.instruments()[i], market.listings()[i], ledger, registrar));
  for (const Broker& broker : registrar.brokers())
    view.brokers.push_back({broker.id, broker.code, broker.title, registrar.account(broker.own).id});
  for (const Party& party : registrar.parties()) view.parties.push_back({party.party, party.code, party.public_key});
  return view;
}

BalancesView Exchange::State::balances() const {
  BalancesView view{.as_of = last_sequence, .day = market.day(), .at_bank = ledger.at_bank()};
  for (std::uint32_t i = 0; i < ledger.accounts(); ++i) {
    const AccountIndex account(i);
    const AccountId id = registrar.account(account).id;
    if (const Cash cash = ledger.money(account).total; cash != Cash{}) view.balances.push_back({id, {}, cash.raw()});
    for (const Listing& listing : market.listings())
      if (const Quantity total = ledger.holding(account, listing.id).total; total != Quantity{})
        view.balances.push_back({id, listing.id, total.raw()});
  }
  std::sort(view.balances.begin(), view.balances.end(), [](const Balance& a, const Balance& b) {
    return a.account != b.account ? a.account < b.account : a.instrument < b.instrument;
  });
  return view;
}

Answer Exchange::State::account_view(AccountId id) const {
  const AccountIndex index = registrar.find(id);
  if (index == no_account) return std::monostate{};
  const Account& account = registrar.account(index);
  const Money& money = ledger.money(index);
  AccountView view{.as_of = last_sequence,
                   .account = id,
                   .kind = account.kind,
                   .status = registrar.status(index, local_date(last_time)),
                   .region = account.region,
                   .cash = money.total,
                   .cash_held = money.held};
  for (const Listing& listing : market.listings()) {
    const Holding& holding = ledger.holding(index, listing.id);
    if (holding.total == Quantity{}) continue;  // held <= total
    view.holdings.push_back({listing.id, holding.total, holding.held, holding.locked(market.day()),
                             registrar.unreleased(index, listing.id), market.sellable(index, listing.id)});
  }
  for (const Broker& broker : registrar.brokers())
    if (account.broker == broker.id || entrusted(registrar, index, broker.id, local_date(last_time)))
      view.brokers.push_back(broker.id);
  return view;
}

Answer Exchange::answer(const Question& question) const {
  const State& s = *state_;
  struct Answering {
    const Exchange& exchange;
    const State& s;
    Answer operator()(const AskMarket&) const { return s.market_view(); }
    Answer operator()(const AskBalances&) const { return s.balances(); }
    Answer operator()(const AskAccount& ask) const { return s.account_view(ask.account); }
    Answer operator()(const AskOrders& ask) const {
      if (ask.broker && s.registrar.broker(ask.broker) == nullptr) return std::monostate{};
      return OrdersView{s.last_sequence, s.market.orders(ask.broker)};
    }
    Answer operator()(const AskAuctions&) const {
      return AuctionsView{s.last_sequence, s.stability.triggered(), s.auctions.views()};
    }
    Answer operator()(const AskDigest&) const {
      Bytes bytes;
      ByteWriter out(bytes);
      exchange.save(out);
      return DigestView{s.last_sequence, sha256(bytes)};
    }
  };
  return std::visit(Answering{*this, s}, question);
}

}  // namespace pace
