// The market page: one WebSocket, kept alive; the book checked against the server's checksum; trades resumed without a
// gap after a lost connection. Messages: gateway/ws/README.md.
"use strict";

const ladderDepth = 11, keptTrades = 300, shownTrades = 60;
const $ = (id) => document.getElementById(id);
const phases = {
  closed: "Closed", opening_call: "Opening call", pre_open: "Pre-open", morning: "Morning session", lunch: "Lunch break",
  afternoon: "Afternoon session", closing_call: "Closing call",
};

let socket = null, retryMs = 500, lastHeard = 0, dirty = false;
let instruments = [], symbol = decodeURIComponent(location.hash.slice(1)), phase = "closed";
let book = null, bookAwaited = false, ticker = null, auction = null, trades = [], tradesUpTo = null;

// --- numbers --------------------------------------------------------------------------------------------------------

const yuan = (fen) => (fen > 0 ? (fen / 100).toFixed(2) : "–");
const grouped = (n) => n.toLocaleString("en-US");
const mass = (kg) => (kg >= 100000 ? grouped(Math.round(kg / 100) / 10) + " t" : grouped(kg) + " kg");
const clock = (time) => time.slice(11, 19);

const crcTable = Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});
function crc32(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; ++i) crc = crcTable[(crc ^ text.charCodeAt(i)) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// --- the book -------------------------------------------------------------------------------------------------------

const best = (levels, side, n) =>
  [...levels.entries()].sort((a, b) => (side === "asks" ? a[0] - b[0] : b[0] - a[0])).slice(0, n);

function checksum() {
  let text = "";
  for (const side of ["asks", "bids"]) for (const [price, level] of best(book[side], side, 10)) text += price + String(level.quantity);
  return crc32(text);
}

function takeBook(message) {
  if (message.type === "snapshot") {
    bookAwaited = false;
    book = {asks: new Map(), bids: new Map(), sequence: message.sequence, good: false};
  } else if (bookAwaited) {
    return;
  } else if (!book || message.previous !== book.sequence) {
    return resubscribeBook();  // something is missing: a fresh snapshot mends it
  }
  for (const side of ["asks", "bids"])
    for (const [price, quantity, orders] of message[side])
      if (orders === 0) book[side].delete(price); else book[side].set(price, {quantity, orders});
  book.sequence = message.sequence;
  book.good = checksum() === message.checksum;
  if (!book.good) resubscribeBook();
}

function resubscribeBook() {
  bookAwaited = true;
  showDot("book", "bad", "book is read again");
  say({op: "subscribe", channel: "book", symbol});
}

// --- the connection -------------------------------------------------------------------------------------------------

function say(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect() {
  socket = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws");
  socket.onopen = () => {
    retryMs = 500;
    lastHeard = Date.now();
    showDot("link", "good", "live");
    say({op: "subscribe", channel: "status"});
    if (symbol) subscribe();
  };
  socket.onmessage = (event) => {
    lastHeard = Date.now();
    take(JSON.parse(event.data));
    if (!dirty) requestAnimationFrame(show);
    dirty = true;
  };
  socket.onclose = () => {
    showDot("link", "bad", "connection lost, trying again");
    showDot("book", "", "book waits");
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, 8000);
  };
}

// Silence beyond three heartbeats: the path is dead even if nobody said so.
setInterval(() => {
  if (socket.readyState === WebSocket.OPEN && Date.now() - lastHeard > 8000) socket.close();
}, 1000);

function subscribe() {
  for (const channel of ["book", "ticker", "auction"]) say({op: "subscribe", channel, symbol});
  const request = {op: "subscribe", channel: "trades", symbol};
  if (tradesUpTo !== null) request.from = tradesUpTo;
  say(request);
}

function choose(next) {
  if (next === symbol && book) return;
  if (book) for (const channel of ["book", "ticker", "auction", "trades"]) say({op: "unsubscribe", channel, symbol});
  symbol = next;
  book = ticker = auction = tradesUpTo = null;
  bookAwaited = false;
  trades = [];
  history.replaceState(null, "", "#" + encodeURIComponent(symbol));
  subscribe();
}

function take(message) {
  if (message.sequence) $("sequence").textContent = grouped(message.sequence);
  if (message.time && message.phase) $("time").textContent = message.time.slice(0, 10) + " " + clock(message.time);
  if (message.phase) phase = message.phase;
  if (message.channel === "status") takeStatus(message);
  if (message.symbol !== symbol) return;
  if (message.channel === "book") takeBook(message);
  if (message.channel === "ticker") ticker = message;
  if (message.channel === "auction") auction = message;
  if (message.channel === "trades") takeTrades(message);
}

function takeTrades(message) {
  if (message.type === "snapshot") trades = [];
  trades.push(...message.trades);
  if (trades.length > keptTrades) trades = trades.slice(-keptTrades);
  if (!message.more) tradesUpTo = message.sequence;
}

function takeStatus(message) {
  instruments = message.instruments;
  const chooser = $("symbol"), known = [...chooser.options].map((option) => option.value).join();
  if (known !== instruments.map((i) => i.symbol).join())
    chooser.replaceChildren(...instruments.map((i) => new Option(i.symbol, i.symbol)));
  const chosen = instruments.find((i) => i.symbol === symbol) || instruments.findLast((i) => i.last > 0) || instruments[0];
  if (!chosen) return;
  chooser.value = chosen.symbol;
  if (chosen.symbol !== symbol || !book) choose(chosen.symbol);
}

// --- what is seen ---------------------------------------------------------------------------------------------------

function showDot(which, state, text) {
  $(which + "-dot").className = "dot " + state;
  if ($(which + "-text").textContent !== text) $(which + "-text").textContent = text;
}

function row(cells, name) {
  const line = document.createElement("tr");
  if (name) line.className = name;
  for (const cell of cells) line.insertCell().textContent = cell;
  return line;
}

function showSide(side) {
  const levels = best(book[side], side, ladderDepth);
  let sum = 0;
  const sums = levels.map(([, level]) => (sum += level.quantity));
  const lines = levels.map(([price, level], i) => {
    const line = row([yuan(price), grouped(level.quantity), grouped(level.orders)]);
    line.style.backgroundSize = (100 * sums[i]) / sum + "% 100%";
    return line;
  });
  if (lines.length === 0) {
    const line = row([side === "asks" ? "no sell orders" : "no buy orders"], "empty");
    line.firstChild.colSpan = 3;
    line.style.backgroundSize = "0 0";
    lines.push(line);
  }
  $(side).replaceChildren(...(side === "asks" ? lines.reverse() : lines));
}

function showBook() {
  if (!book) return;
  showSide("asks");
  showSide("bids");
  const ask = best(book.asks, "asks", 1)[0], bid = best(book.bids, "bids", 1)[0];
  $("spread").textContent = ask && bid ? "Spread " + ((ask[0] - bid[0]) / 100).toFixed(2) : "–";
  showDot("book", book.good ? "good" : "bad", book.good ? "book verified" : "book differs");
}

function showTicker() {
  if (!ticker) return;
  $("last").textContent = yuan(ticker.last);
  for (const name of ["high", "low", "mean", "reference", "lower", "upper"]) $(name).textContent = yuan(ticker[name]);
  $("volume").textContent = mass(ticker.volume);
  const change = ticker.last > 0 && ticker.reference > 0 ? (ticker.last / ticker.reference - 1) * 100 : 0;
  $("change").textContent = ticker.last > 0 ? (change > 0 ? "▲ +" : change < 0 ? "▼ " : "") + change.toFixed(2) + "%" : "";
  $("change").className = "change " + (change > 0 ? "up" : change < 0 ? "down" : "");
  document.title = yuan(ticker.last) + " " + symbol + " – PACE market";
}

function showPhase() {
  const halted = ticker && ticker.state === "halted", volatile = ticker && ticker.state === "volatility_call";
  const calling = volatile || phase.endsWith("_call");
  $("phase").textContent = halted ? "Halted" : volatile ? "Volatility call" : phases[phase] || phase;
  $("phase").dataset.phase = phase;
  $("phase").dataset.halted = halted ? "yes" : "no";
  $("auction").hidden = !(calling && auction && auction.price > 0);
  if (auction) $("auction").textContent = "Call auction now: " + mass(auction.volume) + " at " + yuan(auction.price) + " CNY/t";
}

function showTrades() {
  const lines = trades.slice(-shownTrades).reverse()
    .map((t) => row([clock(t.time), yuan(t.price), grouped(t.quantity)], t.side));
  if (lines.length === 0) {
    lines.push(row(["no trades yet"], "empty"));
    lines[0].firstChild.colSpan = 3;
  }
  $("trades").replaceChildren(...lines);
}

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function showChart() {
  const chart = $("chart"), width = chart.clientWidth, height = chart.clientHeight;
  $("chart-note").textContent = trades.length < 2 ? "No trades yet"
    : "Last " + trades.length + " trades, " + clock(trades[0].time) + " to " + clock(trades.at(-1).time) + "; dashed: reference price";
  const shapes = [];
  if (trades.length >= 2 && width > 0) {
    const prices = trades.map((t) => t.price), right = width - 52, floor = height - 34;
    const reference = ticker ? ticker.reference : 0;
    let low = Math.min(...prices), high = Math.max(...prices);
    const room = Math.max((high - low) * 0.12, 5);
    low -= room;
    high += room;
    const x = (i) => (i / (trades.length - 1)) * right, y = (p) => 6 + (1 - (p - low) / (high - low)) * (floor - 6);
    for (let step = 0; step <= 3; ++step) {
      const price = low + ((high - low) * step) / 3;
      shapes.push(shape("line", {class: "grid", x1: 0, x2: right, y1: y(price), y2: y(price)}));
      shapes.push(shape("text", {x: right + 6, y: y(price) + 4}, (price / 100).toFixed(2)));
    }
    const most = Math.max(...trades.map((t) => t.quantity)), bar = Math.max(right / trades.length - 1, 1);
    trades.forEach((t, i) => {
      const tall = (t.quantity / most) * 26;
      shapes.push(shape("rect", {class: "volume", x: Math.max(x(i) - bar / 2, 0), y: height - tall, width: bar, height: tall}));
    });
    const line = trades.map((t, i) => x(i).toFixed(1) + "," + y(t.price).toFixed(1)).join(" L");
    shapes.push(shape("path", {class: "area", d: "M" + line + " L" + right + "," + floor + " L0," + floor + " Z"}));
    if (reference > low && reference < high)
      shapes.push(shape("line", {class: "reference", x1: 0, x2: right, y1: y(reference), y2: y(reference)}));
    shapes.push(shape("path", {class: "path", d: "M" + line}));
    shapes.push(shape("circle", {class: "dot-last", cx: right, cy: y(prices.at(-1)), r: 4}));
  }
  chart.setAttribute("viewBox", "0 0 " + Math.max(width, 1) + " " + Math.max(height, 1));
  chart.replaceChildren($("chart-title"), ...shapes);
}

function show() {
  dirty = false;
  showPhase();
  showTicker();
  showBook();
  showTrades();
  showChart();
}

$("symbol").addEventListener("change", (event) => choose(event.target.value));
window.addEventListener("resize", show);
connect();
