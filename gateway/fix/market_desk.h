// The market for brokers who listen: which session wants what of it, and what is owed to whom. What changed in a turn
// of the gateway leaves as one message for each instrument and request (docs/fix.md, market data). A listener that does
// not read is passed over and told anew later, so that nothing is kept for it.
// Thread rule: the gateway's strand.
// Invariants: a listener that is not owed a snapshot knows exactly its view of the book as of the last publish();
// a session has at most max_requests requests on at most max_instruments instruments.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/fix/incoming.h"
#include "gateway/fix/market_changes.h"
#include "gateway/fix/market_messages.h"
#include "gateway/fix/session.h"

namespace pace::fix {

class MarketDesk {
 public:
  static constexpr std::size_t max_requests = 64, max_instruments = 1024;
  static constexpr unsigned max_depth = 50;
  /// Bytes that may wait for a reader before it is passed over.
  static constexpr std::size_t most_unsent = 1024 * 1024;

  /// `told` hears of every session that something was said to.
  explicit MarketDesk(std::function<void(Session&)> told) : told_(std::move(told)) {}
  /// The state as the engine answered it; the board then stands at orders.as_of.
  void start(const MarketView& market, const OrdersView& orders) { board_.start(market, orders); }
  /// An entry before the start, oldest first.
  void recall(const Entry& entry) { board_.recall(entry); }
  /// The next entry: taken in, told by publish(). Entries at or before the start change nothing.
  void apply(const Entry& entry);
  /// Tells what changed since the last call, and what was owed.
  void publish();
  [[nodiscard]] const MarketBoard& board() const { return board_; }

  /// V. Throws Unusable for what Y has no word for; answers anything else.
  void take_market_data(Session& session, const Fields& message);
  /// e and g. Throw Unusable.
  void take_security_status(Session& session, const Fields& message);
  void take_session_status(Session& session, const Fields& message);
  /// The session is off: its requests end.
  void forget(Session& session);

 private:
  struct Listener {
    InstrumentId instrument;
    std::shared_ptr<BookView> book;  ///< shared by those of one depth; null without book entries
    bool owed = true;                ///< a snapshot
    bool left_out = false;           ///< because it did not read
  };
  struct Request {
    unsigned depth = 0;
    EntryKinds kinds;
    bool stays = false;  ///< updates follow
    std::vector<Listener> listeners;
  };
  /// What e and g were told last.
  struct Told {
    InstrumentState state{};
    Phase phase{};
    Date day;
    Price reference, lower, upper;
    bool operator==(const Told&) const = default;
  };
  struct Watch {
    InstrumentId instrument;  ///< 0: the session
    bool stays = false;
    bool owed = true;
    Told told;
  };
  using WatchId = std::pair<char, std::string>;  ///< f or h, and the id that was given
  struct Client {
    std::map<std::string, Request, std::less<>> requests;
    std::map<WatchId, Watch> watches;
    [[nodiscard]] std::size_t instruments() const;
  };
  using Depths = std::map<std::pair<InstrumentId, unsigned>, std::weak_ptr<BookView>>;

  struct Refused;
  Request read_request(const Client& client, const std::string& id, const Fields& message);
  Listener listen(const BoardInstrument& instrument, const Request& request);
  void take_watch(Session& session, const WatchId& id, char wanted, InstrumentId instrument);
  void follow_books();
  void tell(Session& session, const std::string& id, const Request& request, Listener& listener);
  void tell(Session& session, const WatchId& id, Watch& watch);
  static bool done(const Request& request);
  void pass_over(Client& client);
  void publish_to(Session& session, Client& client);
  [[nodiscard]] Told now(InstrumentId instrument) const;

  bool send(Session& session, Outgoing& message);

  std::function<void(Session&)> told_;
  MarketBoard board_;
  std::map<Session*, Client> clients_;
  Depths depths_;
  std::map<InstrumentId, InstrumentNews> news_;
  std::map<InstrumentId, Figures> figures_;  ///< as they were told last, of what somebody listens to
  bool status_changed_ = false, owing_ = false;
  /// Of each view, what the news changed in it; good while publish() runs.
  std::map<const BookView*, std::vector<LevelChange>> level_changes_;
};

}  // namespace pace::fix
