#include "tests/engine/exchange/scenario.h"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/engine/exchange/world.h"

namespace pace::test {
namespace {

std::string hundredths(std::int64_t value) {
  const std::string rest = std::to_string(value % 100);
  return std::to_string(value / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
}
std::string text(Price price) {
  return hundredths(price.raw());
}
std::string text(Quantity quantity) {
  return std::to_string(quantity.raw()) + "kg";
}
std::string at(Quantity quantity, Price price) {
  return text(quantity) + " @ " + text(price);
}

std::int64_t parse_hundredths(const std::string& word) {
  const std::size_t dot = word.find('.');
  REQUIRE(dot + 3 == word.size());
  return std::stoll(word.substr(0, dot)) * 100 + std::stoll(word.substr(dot + 1));
}
Quantity parse_kg(const std::string& word) {
  REQUIRE(word.size() > 2);
  REQUIRE(word.substr(word.size() - 2) == "kg");
  return Quantity(std::stoll(word));
}
ClientId client_id(const std::string& word) {
  return *ClientId::from(word);
}

// What an event says, in the words of scenario.h; empty for what a story leaves out.
struct Said {
  std::map<OrderId, std::string>& names;
  std::string own;  // the order id this line is about

  template <class E>
  std::string operator()(const E&) const {
    return {};
  }
  std::string operator()(const OrderAccepted& e) const {
    names[e.order] = e.client_id.view();
    return {};
  }
  std::string operator()(const OrderRested& e) const {
    const std::string shows = e.shown == e.open ? "" : " shows " + text(e.shown);
    if (names[e.order] == own) return "rests " + text(e.open) + shows;
    return "refills " + names[e.order] + " " + text(e.open) + shows;
  }
  std::string operator()(const Trade& e) const {
    if (e.auction)
      return "trades " + std::string(e.buy.client_id.view()) + " " + std::string(e.sell.client_id.view()) + " " +
             at(e.quantity, e.price);
    const TradeSide& other = e.aggressor == Side::buy ? e.sell : e.buy;
    return "fills " + std::string(other.client_id.view()) + " " + at(e.quantity, e.price);
  }
  std::string operator()(const OrderCancelled& e) const {
    return "cancels " + std::string(e.client_id.view()) + " " + text(e.open) + " " + std::string(name_of(e.reason));
  }
  std::string operator()(const OrderReplaced& e) const {
    names[e.order] = e.client_id.view();
    return "replaces " + std::string(e.old_client_id.view()) + " " + at(e.open, e.price) +
           (e.priority_kept ? " keeps" : " behind");
  }
  std::string operator()(const AuctionIndicative& e) const {
    if (e.volume == Quantity{}) return "indicates nothing";
    const std::string rest = e.imbalance > Quantity{}   ? " over " + text(e.imbalance)
                             : e.imbalance < Quantity{} ? " short " + text(-e.imbalance)
                                                        : "";
    return "indicates " + at(e.volume, e.price) + rest;
  }
  std::string operator()(const AuctionUncrossed& e) const { return "uncrosses " + at(e.volume, e.price); }
  std::string operator()(const InstrumentStateChanged& e) const { return std::string(name_of(e.state)); }
};

class Story {
 public:
  void tell(const std::string& line) {
    const std::size_t arrow = line.find("=>");
    std::istringstream words(line.substr(0, arrow));
    std::string verb;
    if (!(words >> verb)) return;
    const Answered answered = act(verb, words);
    world_.exchange().check();
    if (checked_) return;
    const std::string said = say(answered);
    if (arrow == std::string::npos) {
      CHECK_MESSAGE(answered.outcome.accepted(), line, ": ", to_text(answered.outcome));
    } else {
      CHECK_MESSAGE(said == trimmed(line.substr(arrow + 2)), line);
    }
  }

 private:
  static std::string trimmed(const std::string& words) {
    const std::size_t first = words.find_first_not_of(' '), last = words.find_last_not_of(' ');
    return first == std::string::npos ? "" : words.substr(first, last - first + 1);
  }

  std::string say(const Answered& answered) {
    std::string said;
    const auto add = [&](const std::string& part) {
      if (!part.empty()) said += (said.empty() ? "" : ", ") + part;
    };
    for (const Event& event : answered.events) add(std::visit(Said{names_, own_}, event));
    if (!answered.outcome.accepted()) add("reject " + std::string(find_reject(answered.outcome.code)->name));
    return said;
  }

  Answered act(const std::string& verb, std::istringstream& words) {
    checked_ = false;
    own_.clear();
    if (verb == "time") return go(words);
    if (verb == "bid" || verb == "ask") return enter(verb == "bid" ? Side::buy : Side::sell, words);
    if (verb == "cancel") return cancel(words);
    if (verb == "replace") return replace(words);
    if (verb == "halt") return world_.send(operators, HaltInstrument{credit, "story"});
    if (verb == "resume") return world_.send(operators, ResumeInstrument{credit});
    checked_ = true;
    if (verb == "book") return book(words);
    return balance(verb, words);
  }

  Answered go(std::istringstream& words) {
    std::string when, clock_time;
    words >> when;
    if (words >> clock_time) when += "T" + clock_time;
    return world_.until(when);
  }

  Answered enter(Side side, std::istringstream& words) {
    std::string who, quantity, word;
    words >> who >> own_ >> quantity;
    NewOrder o = order(world_, who, side, parse_kg(quantity), Price{});
    while (words >> word) option(o, word, words);
    return world_.send(world_.broker_of(who), own_.c_str(), o);
  }

  static void option(NewOrder& o, const std::string& word, std::istringstream& words) {
    std::string value;
    if (word == "@")
      words >> value, o.price = Price(parse_hundredths(value));
    else if (word == "show")
      words >> value, o.display = parse_kg(value);
    else if (word == "until")
      words >> value, o.expiry = *parse_date(value);
    else if (word == "of")
      words >> value, o.instrument = value == "PCA" ? allowance : credit;
    else if (word == "market")
      o.order_type = OrderType::market;
    else if (word == "post")
      o.post_only = true;
    else if (word == "oldest")
      o.self_trade = SelfTrade::cancel_oldest;
    else if (word == "both")
      o.self_trade = SelfTrade::cancel_both;
    else if (word == "allow")
      o.self_trade = SelfTrade::allow;
    else {
      const auto time_in_force = enum_from<TimeInForce>(word);
      REQUIRE_MESSAGE(time_in_force.has_value(), word);
      o.time_in_force = *time_in_force;
    }
  }

  Answered cancel(std::istringstream& words) {
    std::string who, id;
    words >> who >> id;
    return world_.send(world_.broker_of(who), CancelOrder{{}, client_id(id)});
  }

  Answered replace(std::istringstream& words) {
    std::string who, old, quantity, sign, price;
    words >> who >> old >> own_ >> quantity >> sign >> price;
    return world_.send(world_.broker_of(who), own_.c_str(),
                       ReplaceOrder{{}, client_id(old), Price(parse_hundredths(price)), parse_kg(quantity)});
  }

  Answered book(std::istringstream& words) {
    std::string side, said, expected;
    words >> side;
    std::getline(words, expected);
    for (const OrderView& o : world_.orders())
      if (o.instrument == credit && (o.side == Side::buy) == (side == "bids"))
        said += (said.empty() ? "" : ", ") + std::string(o.client_id.view()) + " " + text(o.open);
    CHECK_MESSAGE((said.empty() ? "none" : said) == trimmed(expected), "book ", side);
    return {};
  }

  Answered balance(const std::string& what, std::istringstream& words) {
    std::string who, expected;
    words >> who >> expected;
    const AccountView account = world_.holdings(who);
    const HoldingView holding = world_.holding(who, credit);
    std::string is;
    if (what == "units")
      is = text(holding.total);
    else if (what == "sellable")
      is = text(holding.sellable);
    else if (what == "money")
      is = hundredths(account.cash.raw() / 1000);
    else if (what == "free")
      is = hundredths((account.cash - account.cash_held).raw() / 1000);
    CHECK_MESSAGE(is == expected, what, " ", who);
    return {};
  }

  World world_;
  std::map<OrderId, std::string> names_;
  std::string own_;
  bool checked_ = false;  // the line was a question, and is answered
};

}  // namespace

void check_scenario(const std::string& text) {
  Story story;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) story.tell(line);
}

}  // namespace pace::test
