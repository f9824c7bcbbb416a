#include "tests/engine/book/scenario.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/book/book.h"

namespace pace::test {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
  std::istringstream in(text);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Quantity quantity_from(const std::string& text) {
  return Quantity(std::stoll(text));
}
Price price_from(const std::string& text) {
  const std::size_t dot = text.find('.');
  return Price(std::stoll(text.substr(0, dot)) * 100 + std::stoll(text.substr(dot + 1)));
}
std::string text_of(Quantity q) {
  return std::to_string(q.raw()) + "kg";
}
std::string text_of(Price p) {
  const std::string fen = std::to_string(p.raw() % 100);
  return std::to_string(p.raw() / 100) + (fen.size() < 2 ? ".0" : ".") + fen;
}

class Stage {
 public:
  std::string play(const Words& line) {
    outcome_.clear();
    verb_.clear();
    if (line[0] == "bid" || line[0] == "ask") {
      order(line);
    } else if (line[0] == "cancel") {
      book_.cancel(ids_.at(line[1]));
    } else if (line[0] == "reduce") {
      book_.reduce(ids_.at(line[1]), quantity_from(line[2]));
    } else if (line[0] == "replace") {
      replace(line);
    } else if (line[0] == "call") {
      in_call_ = true;
    } else if (line[0] == "indicative") {
      say("at", text_of(book_.indicative(price_from(line[2]))));
    } else if (line[0] == "uncross") {
      uncross(price_from(line[2]));
    } else {
      REQUIRE(line[0] == "book");
      list(line[1] == "bids" ? Side::buy : Side::sell);
    }
    book_.check(in_call_);
    return outcome_;
  }

  // The sink.
  void filled(const Fill& f) {
    const std::string who = in_call_ ? names_.at(f.taker) + "+" + names_.at(f.maker) : names_.at(f.maker);
    say("fills", who + " " + text_of(f.quantity) + " @ " + text_of(f.price));
  }
  void refilled(const RestingOrder& r) { say("refills", names_.at(r.order.id) + " " + text_of(r.shown)); }
  void prevented(OrderId order, Quantity open) { say("cancels", names_.at(order) + " " + text_of(open)); }

 private:
  static std::string text_of(const AuctionPrice& a) {
    return test::text_of(a.price) + " " + test::text_of(a.volume) + " imbalance " + test::text_of(a.imbalance);
  }
  static std::string text_of(Quantity q) { return test::text_of(q); }
  static std::string text_of(Price p) { return test::text_of(p); }

  // A verb is said once for all that follow each other under it.
  void say(const std::string& verb, const std::string& what) {
    if (!outcome_.empty()) outcome_ += verb == verb_ ? ", " : " ";
    if (verb != verb_) outcome_ += verb + " ";
    verb_ = verb;
    outcome_ += what;
  }

  void order(const Words& line) {
    Order order{.owner = owner(line[1]),
                .side = line[0] == "bid" ? Side::buy : Side::sell,
                .price = price_from(line[5]),
                .open = quantity_from(line[3])};
    std::string how;
    for (std::size_t i = 6; i < line.size(); ++i) {
      if (line[i] == "shows") {
        order.display = quantity_from(line[++i]);
      } else if (const auto mode = enum_from<SelfTrade>("cancel_" + line[i])) {
        order.self_trade = *mode;
      } else if (line[i] == "allow") {
        order.self_trade = SelfTrade::allow;
      } else {
        how = line[i];
      }
    }
    const bool post_only_trades = how == "post" && book_.would_trade(order.side, order.price);
    if (post_only_trades || (how == "fok" && !book_.can_fill(order, *this))) {
      outcome_ = "refused";
      return;
    }
    order.id = pool_.acquire();
    ids_[line[2]] = order.id;
    names_[order.id] = line[2];
    enter(order, how == "ioc" || how == "fok");
  }

  void enter(const Order& order, bool immediate) {
    if (in_call_) return book_.rest(order);
    const Entered entered = immediate ? book_.take(order, *this) : book_.enter(order, *this);
    REQUIRE(pool_.resting(order.id) == entered.rested);
    if (!entered.rested && entered.open != Quantity{}) say("drops", text_of(entered.open));
  }

  void replace(const Words& line) {
    Order order = book_.withdraw(ids_.at(line[1]));
    order.open = quantity_from(line[2]);
    order.price = price_from(line[4]);
    enter(order, false);
  }

  void uncross(Price reference) {
    const AuctionPrice at = book_.uncross(reference, *this);
    say("at", text_of(at));
    in_call_ = false;
  }

  void list(Side side) {
    book_.for_each_order([&](const RestingOrder& r) {
      if (r.order.side != side) return;
      const std::string parts = r.shown == r.order.open ? "" : std::to_string(r.shown.raw()) + "/";
      if (!outcome_.empty()) outcome_ += ", ";
      outcome_ += names_.at(r.order.id) + " " + parts + text_of(r.order.open);
    });
    if (outcome_.empty()) outcome_ = "nobody";
  }

  AccountIndex owner(const std::string& name) {
    return owners_.try_emplace(name, static_cast<std::uint32_t>(owners_.size() + 1)).first->second;
  }

  OrderPool pool_{100};
  Book book_{pool_, window_around(Price(8'000))};
  std::map<std::string, OrderId> ids_;
  std::map<OrderId, std::string> names_;
  std::map<std::string, AccountIndex> owners_;
  bool in_call_ = false;
  std::string outcome_, verb_;
};

bool is_verb(const std::string& word) {
  for (const char* verb : {"fills", "refills", "cancels", "drops", "refused", "at"})
    if (word == verb) return true;
  return false;
}

// What must come of a line begins at its first verb; of `book bids` it is all that follows.
std::size_t command_length(const Words& line) {
  if (line[0] == "book") return 2;
  const auto verb = std::find_if(line.begin(), line.end(), is_verb);
  return static_cast<std::size_t>(verb - line.begin());
}

std::string joined(const Words& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (text.empty() ? "" : " ") + words[i];
  return text;
}

// A line that begins with a verb goes on with the one before.
std::vector<Words> lines_of(std::string_view text) {
  std::vector<Words> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    const Words words = words_of(line);
    if (words.empty()) continue;
    if (!lines.empty() && is_verb(words[0])) {
      lines.back().insert(lines.back().end(), words.begin(), words.end());
    } else {
      lines.push_back(words);
    }
  }
  return lines;
}

}  // namespace

void check_scenario(std::string_view text) {
  Stage stage;
  for (const Words& line : lines_of(text)) {
    const std::string said = joined(line, 0);
    CAPTURE(said);
    const std::size_t split = command_length(line);
    const Words command(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(split));
    CHECK(stage.play(command) == joined(line, split));
  }
}

}  // namespace pace::test
