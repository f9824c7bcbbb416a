#include <boost/asio/awaitable.hpp>

#include "engine/base/account_number.h"
#include "gateway/http/http_api.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

constexpr std::uint64_t most_items = 1'000;
/// So much of the log is read for one page, about 1 MiB each; the page then says where to go on.
constexpr int most_batches = 32;

/// The broker whose own the caller may read; nothing: no such caller.
std::optional<BrokerId> own_broker(const HttpCall& call) {
  if (!call.identity || !call.identity->scopes.read) return std::nullopt;
  const Sender& sender = call.identity->sender;
  if (sender.role != Role::broker || sender.number == 0) return std::nullopt;
  return BrokerId(sender.number);
}

HttpReply refuse_non_broker(const HttpCall& call) {
  if (!call.identity) return unauthorised();
  return problem(403, "this is a broker's own, with scope read");
}

/// Nothing when the caller may; else the refusal.
std::optional<HttpReply> refuse_unless_everything(const HttpCall& call) {
  if (!call.identity) return unauthorised();
  if (call.identity->scopes.read && sees_everything(call.identity->sender)) return std::nullopt;
  return problem(403, "this is for the operator, the registry and the authority, with scope read");
}

bool sees(const Identity& identity, const AccountView& view) {
  if (sees_everything(identity.sender)) return true;
  return identity.sender.role == Role::broker && identity.sender.number != 0 && may_see(identity.sender.number, view);
}

HttpReply read_page(EventFeed& feed, Sequence after, std::size_t limit, const std::string& list,
                    const std::function<std::vector<std::string>(const Entry&)>& items) {
  std::string page = "[";
  std::size_t count = 0;
  bool more = true;
  Sequence reached = after;
  for (int batches = 0; batches < most_batches && count < limit && more; ++batches) {
    const EntryBatchPtr batch = feed.next(reached, std::chrono::milliseconds(0));
    more = batch != nullptr;
    for (std::size_t i = 0; more && i < batch->size() && count < limit; ++i) {
      const Entry entry = entry_at(*batch, i);
      reached = entry.sequence();
      for (const std::string& item : items(entry)) {
        page += page.size() > 1 ? ",{" : "{";
        JsonFields fields(page);
        fields.add("sequence", entry.sequence());
        page += "," + item.substr(1);
        ++count;
      }
    }
  }
  std::string out = "{";
  JsonFields fields(out);
  fields.add("next", reached);
  fields.add("more", more && reached < feed.released());
  fields.add_json(list, page + "]");
  return json_reply(out + "}");
}

}  // namespace

// An entry's items stay together: a page may be longer than asked for by the rest of its last entry.
HttpApi::Wait HttpApi::history(const HttpCall& call, std::string list, Items items) {
  const auto after = query_number(call, "after", 0, 0, UINT64_MAX);
  const auto limit = query_number(call, "limit", 100, 1, most_items);
  if (!after) co_return problem(400, "after: expected a sequence, the next of the page before");
  if (!limit) co_return problem(400, "limit: expected 1 to " + std::to_string(most_items));
  std::function<HttpReply()> work = [&feed = hub_.feed(), from = Sequence(*after), most = *limit,
                                     list = std::move(list),
                                     items = std::move(items)] { return read_page(feed, from, most, list, items); };
  co_return co_await on_pool(std::move(work));
}

HttpApi::Wait HttpApi::order_history(const HttpCall& call) {
  const auto broker = own_broker(call);
  if (!broker) co_return refuse_non_broker(call);
  Items items = [own = *broker](const Entry& entry) { return order_items(entry, own); };
  co_return co_await history(call, "events", std::move(items));
}

HttpApi::Wait HttpApi::fills(const HttpCall& call) {
  const auto broker = own_broker(call);
  if (!broker) co_return refuse_non_broker(call);
  Items items = [own = *broker](const Entry& entry) { return fill_items(entry, own); };
  co_return co_await history(call, "fills", std::move(items));
}

HttpApi::Wait HttpApi::seen_account(const HttpCall& call, Render render) {
  if (!call.identity) co_return unauthorised();
  if (!call.identity->scopes.read) co_return problem(403, "this needs scope read");
  const auto number = account_of(call.parameter);
  if (!number) co_return problem(400, "account: expected an account number");
  // Named, not a temporary of the co_await: GCC 12 destroys such a closure twice.
  Render checked = [who = *call.identity, render = std::move(render)](const Answer& answer) {
    const auto* view = std::get_if<AccountView>(&answer);
    // One answer for "not there" and "not yours": account numbers must not be guessed out of the difference.
    if (view == nullptr || !sees(who, *view)) return problem(404, "there is no such account for you");
    return render(answer);
  };
  co_return co_await ask(AskAccount{*number}, std::move(checked));
}

HttpApi::Wait HttpApi::account(const HttpCall& call) {
  Render render = view_reply<AccountView>;
  co_return co_await seen_account(call, std::move(render));
}

HttpApi::Wait HttpApi::holdings(const HttpCall& call) {
  Render render = [](const Answer& answer) {
    const auto& view = std::get<AccountView>(answer);
    return json_reply(account_message("holdings", view, account_state(true, view)));
  };
  co_return co_await seen_account(call, std::move(render));
}

HttpApi::Wait HttpApi::statement(const HttpCall& call) {
  const auto given = call.query.find("day");
  const auto day = given == call.query.end() ? std::nullopt : parse_date(given->second);
  if (!day) co_return problem(400, "day: expected YYYY-MM-DD");
  Render seen = [](const Answer&) { return HttpReply{}; };
  HttpReply allowed = co_await seen_account(call, std::move(seen));
  if (allowed.status != 200) co_return allowed;
  if (!options_.statement) co_return problem(503, "there are no books here");
  std::function<HttpReply()> work = [&read = options_.statement, asked = *day, account = *account_of(call.parameter)] {
    auto text = read(asked, account);
    return text ? json_reply(std::move(*text)) : problem(404, "the books have no such day");
  };
  co_return co_await on_pool(std::move(work));
}

HttpApi::Wait HttpApi::registry_statement(const HttpCall& call) {
  Render seen = [](const Answer&) { return HttpReply{}; };
  HttpReply allowed = co_await seen_account(call, std::move(seen));
  if (allowed.status != 200) co_return allowed;
  if (!options_.registry_statement) co_return problem(503, "there is no registry store here");
  std::function<HttpReply()> work = [&read = options_.registry_statement, account = *account_of(call.parameter)] {
    auto text = read(account);
    return text ? json_reply(std::move(*text)) : problem(404, "the registry's store does not know the account yet");
  };
  co_return co_await on_pool(std::move(work));
}

HttpApi::Wait HttpApi::orders(const HttpCall& call) {
  if (!call.identity) co_return unauthorised();
  const Sender& sender = call.identity->sender;
  const bool broker = sender.role == Role::broker && sender.number != 0;
  if (!call.identity->scopes.read || (!broker && !sees_everything(sender)))
    co_return problem(403, "open orders are for their broker and the operator, with scope read");
  co_return co_await ask(AskOrders{BrokerId(broker ? sender.number : 0)}, view_reply<OrdersView>);
}

HttpApi::Wait HttpApi::digest(const HttpCall& call) {
  if (auto refusal = refuse_unless_everything(call)) co_return std::move(*refusal);
  co_return co_await ask(AskDigest{}, [](const Answer& answer) {
    const auto* view = std::get_if<DigestView>(&answer);
    if (view == nullptr) return problem(503, "no digest could be made; the log says why");
    std::string out = "{";
    JsonFields fields(out);
    fields.add("sequence", view->as_of);
    fields.add("digest", view->digest);
    return json_reply(out + "}");
  });
}

HttpApi::Wait HttpApi::balances(const HttpCall& call) {
  if (auto refusal = refuse_unless_everything(call)) co_return std::move(*refusal);
  co_return co_await ask(AskBalances{}, view_reply<BalancesView>);
}

}  // namespace pace
