// A broker on jspurefix, a FIX engine that we did not write: logs on with its own store of numbers, places the orders it
// is given, and writes a line of JSON for each execution report. It ends without a word (as a cut line) when it has
// heard `until` reports; the next run resumes from its store. usage: node fix_client.js MODULES GIVEN (JSON)
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const modules = process.argv[2];
const given = JSON.parse(process.argv[3]);
const load = (name) => require(path.join(modules, "node_modules", name));
load("reflect-metadata");
const { AsciiSession, SessionLauncher, MsgType } = load("jspurefix");

// It looks for certificates below its own folder.
const root = fs.realpathSync(path.join(modules, "node_modules", "jspurefix"));
const tls = given.ca ? { tls: { ca: [path.relative(root, given.ca)] } } : {};
let heard = 0;

class Broker extends AsciiSession {
  onApplicationMsg(type, view) {
    if (type !== "8") throw new Error(`unexpected message: ${view.toString()}`);
    const [number, exec, order, kind, dup] = view.getTypedTags([34, 17, 11, 150, 43]);
    console.log(JSON.stringify({ number, exec, order, kind, dup: dup === true }));
    heard += 1;
    if (heard === given.until) setTimeout(() => process.exit(0), 500);  // its store writes behind
  }
  onReady() {
    for (const order of given.orders) this.send(MsgType.NewOrderSingle, {
      ClOrdID: order.id,
      Parties: { NoPartyIDs: [{ PartyID: String(order.principal), PartyIDSource: "D", PartyRole: 3 }] },
      Instrument: { Symbol: "PCA-2026" },
      Side: order.side, TransactTime: new Date(), OrderQtyData: { OrderQty: order.quantity },
      OrdType: "2", Price: order.price, TimeInForce: "0",
    });
  }
  onLogon() { return true; }
  onStopped(error) { if (error) { console.error(error); process.exit(1); } }
  onDecoded() {}
  onEncoded() {}
}

class Launcher extends SessionLauncher {
  constructor() {
    super({
      application: {
        type: "initiator", name: "broker", protocol: "ascii", dictionary: "qf44", reconnectSeconds: 1,
        tcp: { host: "127.0.0.1", port: given.port, ...tls },
      },
      store: { type: "file", directory: given.store },
      Username: given.user, Password: given.secret, EncryptMethod: 0, ResetSeqNumFlag: false, HeartBtInt: 30,
      SenderCompId: given.sender, TargetCompID: "PACE", BeginString: "FIX.4.4",
    });
  }
  makeFactory() { return { makeSession: (config) => new Broker(config) }; }
}

setTimeout(() => { console.error("not all reports came in time"); process.exit(1); }, 60000);
new Launcher().run().catch((error) => { console.error(error); process.exit(1); });
