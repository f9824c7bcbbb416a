// A trading client on the standard WebSocket interface, as browsers and the npm package `ws` give it: logs on, trades, is
// cut off in the middle, comes back and resumes its fills. Written against gateway/ws/README.md alone.
const bytes = (text) => new TextEncoder().encode(text);
const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes(text)));
}

async function proof(user, secret, nonce) {
  const key = await hmac(bytes(secret), `PACE client key:${user}`);
  const mask = await hmac(await crypto.subtle.digest("SHA-256", key), `${nonce}:${user}`);
  return hex(key.map((byte, i) => byte ^ mask[i]));
}

class Session {
  constructor(socket) {
    this.socket = socket;
    this.messages = [];
    this.waiting = null;
    socket.onmessage = (event) => {
      this.messages.push(JSON.parse(event.data));
      if (this.waiting) this.waiting();
    };
  }
  async hear(wanted) {
    const deadline = Date.now() + 15000;
    for (;;) {
      const at = this.messages.findIndex(wanted);
      if (at >= 0) return this.messages.splice(at, 1)[0];
      if (Date.now() > deadline) throw new Error("nothing came: " + wanted);
      await new Promise((resolve) => {
        this.waiting = resolve;
        setTimeout(resolve, 200);
      });
    }
  }
  say(message) {
    this.socket.send(JSON.stringify(message));
  }
  async ask(message) {
    this.say(message);
    return this.hear((m) => m.id === message.id);
  }
}

async function logOn(options) {
  const session = new Session(options.open(options.url));
  const hello = await session.hear((m) => m.op === "hello");
  const answer = await session.ask({ op: "login", id: "l", user: options.user, proof: await proof(options.user, options.secret, hello.nonce) });
  if (answer.status !== "ok") throw new Error("login: " + JSON.stringify(answer));
  return session;
}

async function fills(session, count, seen) {
  for (let last = 0; ;) {
    const message = await session.hear((m) => m.channel === "fills" && m.fills);
    for (const fill of message.fills) if (fill.side === "buy") seen.push(fill.client_id);
    last = message.sequence;
    if (seen.length >= count) return last;
  }
}

/// The client ids of the buys, in the order of their fills: 1 to 20 when nothing is missing and nothing came twice.
export async function play(options) {
  const buy = (session, n) =>
    session.say({ op: "place", id: `${options.mark}${n}`, principal: options.principal, symbol: "PCA-2026", side: "buy", price: 9800, quantity: 10 });
  const seen = [];
  const first = await logOn(options);
  await first.ask({ op: "subscribe", id: "s", channel: "fills" });
  for (let n = 1; n <= 10; ++n) buy(first, n);
  const last = await fills(first, 10, seen);
  for (let n = 11; n <= 15; ++n) buy(first, n);
  await first.hear((m) => m.id === `${options.mark}15`);
  options.cut(first.socket);

  const second = await logOn(options);
  const answer = await second.ask({ op: "subscribe", id: "s", channel: "fills", from: last });
  if (answer.resumed !== true) throw new Error("not resumed");
  for (let n = 16; n <= 20; ++n) buy(second, n);
  await fills(second, 20, seen);
  second.socket.close();
  return seen.map((id) => Number(id.slice(options.mark.length)));
}
