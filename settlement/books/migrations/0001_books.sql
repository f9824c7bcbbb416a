-- The books: every movement of units and money of the exchange, double entry, and what each trading day came to.
-- Amounts: kilograms for instruments 1, 2, 3 …; milli-fen for instrument 0, cash; fen where a column says so.
-- Account 0 is outside: the settlement bank for cash, issuance for units. Its balances are the negative of what is
-- inside. A period is a trading day's stretch of the log, from the end of the day before to its own end.

-- The one position. Locked first in every transaction that writes.
CREATE TABLE books.applied (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  sequence bigint NOT NULL,
  period integer NOT NULL,
  day date  -- the trading day under way; NULL before the first
);
INSERT INTO books.applied (sequence, period) VALUES (0, 1);

CREATE TABLE books.brokers (
  broker integer PRIMARY KEY,
  code text NOT NULL,
  title text NOT NULL,
  own_account bigint NOT NULL UNIQUE
);

CREATE TABLE books.instruments (
  instrument integer PRIMARY KEY,
  symbol text NOT NULL,
  kind text NOT NULL,
  vintage integer NOT NULL
);

CREATE TYPE books.posting_kind AS ENUM (
  'deposit', 'withdrawal', 'trade', 'fee', 'commission', 'issue', 'surrender', 'cancellation', 'surcharge', 'ported');

-- A journal entry is (sequence, movement); its legs sum to zero per instrument. `broker` is under whose account at the
-- settlement bank a cash leg stands: NULL for the exchange's own accounts and for what is outside.
CREATE TABLE books.postings (
  sequence bigint NOT NULL,
  movement integer NOT NULL,
  leg smallint NOT NULL,
  period integer NOT NULL,
  account bigint NOT NULL,
  instrument integer NOT NULL,
  broker integer,
  amount bigint NOT NULL CHECK (amount <> 0),
  kind books.posting_kind NOT NULL,
  PRIMARY KEY (sequence, movement, leg)
);

-- Always the sum of the postings: nothing but the trigger below writes here.
CREATE TABLE books.balances (
  account bigint NOT NULL,
  instrument integer NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (account, instrument)
) WITH (fillfactor = 70);

-- All legs of an entry come in one statement, so the check needs no waiting for the commit. The upsert probes the key
-- once per account; a join would have the planner read the whole table for a small batch. That nothing is negative is
-- checked on what comes out: a CHECK constraint would look at the row proposed, which is the change alone.
CREATE FUNCTION books.post() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT sequence, movement, instrument, sum(amount) AS rest INTO wrong
    FROM posted GROUP BY sequence, movement, instrument HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'postings of sequence %, movement %, instrument % sum to %, not to zero',
      wrong.sequence, wrong.movement, wrong.instrument, wrong.rest USING ERRCODE = 'check_violation';
  END IF;
  WITH balance AS (
    INSERT INTO books.balances AS b (account, instrument, amount)
      SELECT account, instrument, sum(amount) FROM posted GROUP BY account, instrument ORDER BY account, instrument
      ON CONFLICT (account, instrument) DO UPDATE SET amount = b.amount + excluded.amount
      RETURNING account, instrument, amount)
  SELECT account, instrument, amount INTO wrong FROM balance WHERE amount < 0 AND account <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % would hold % of instrument %: nothing is negative',
      wrong.account, wrong.amount, wrong.instrument USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER post AFTER INSERT ON books.postings
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION books.post();

CREATE FUNCTION books.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a posting is never changed: post its opposite' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON books.postings
  FOR EACH STATEMENT EXECUTE FUNCTION books.refuse();

-- Under which broker's bank account a principal's or member's money stands: where it was last deposited.
CREATE TABLE books.money_homes (
  account bigint PRIMARY KEY,
  broker integer NOT NULL
);
-- The client money sub-ledger. `house`: the member's own money, kept apart from its clients'.
CREATE VIEW books.client_money AS
  SELECT h.broker, m.own_account IS NOT NULL AS house, h.account, coalesce(b.amount, 0) AS amount
    FROM books.money_homes h
    LEFT JOIN books.balances b ON b.account = h.account AND b.instrument = 0
    LEFT JOIN books.brokers m ON m.own_account = h.account;

CREATE TABLE books.trades (
  trade bigint PRIMARY KEY,
  sequence bigint NOT NULL,
  period integer NOT NULL,
  day date NOT NULL,
  instrument integer NOT NULL,
  price bigint NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  value bigint NOT NULL,
  kind text NOT NULL,
  aggressor text NOT NULL,
  buyer bigint NOT NULL,
  buy_broker integer NOT NULL,
  buy_order bigint NOT NULL,
  buy_fee bigint NOT NULL,
  buy_commission bigint NOT NULL,
  seller bigint NOT NULL,
  sell_broker integer NOT NULL,
  sell_order bigint NOT NULL,
  sell_fee bigint NOT NULL,
  sell_commission bigint NOT NULL,
  broken_by bigint,  -- the correction that undid it
  CHECK (value = price * quantity)
);
CREATE INDEX trades_by_day ON books.trades (day, instrument);
CREATE INDEX trades_by_period ON books.trades (period);

CREATE TABLE books.deposits (
  sequence bigint PRIMARY KEY,
  period integer NOT NULL,
  broker integer NOT NULL,
  account bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  bank_reference text NOT NULL
);
CREATE TABLE books.withdrawals (
  sequence bigint PRIMARY KEY,
  period integer NOT NULL,
  broker integer NOT NULL,
  account bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0 AND amount % 1000 = 0),
  bank_reference text NOT NULL
);

CREATE TABLE books.day_ends (
  period integer PRIMARY KEY,
  day date NOT NULL,
  sequence bigint NOT NULL,  -- of the entry that ended the day
  reconciliation bigint      -- the first comparison after it, or the first clean one when that one differed
);
CREATE INDEX day_ends_by_day ON books.day_ends (day);

-- Per account and asset that moved: the day's effects, signed, by cause. The sum is checked by the table itself.
CREATE TABLE books.statements (
  period integer NOT NULL,
  account bigint NOT NULL,
  instrument integer NOT NULL,
  opening bigint NOT NULL,
  deposited bigint NOT NULL,
  withdrawn bigint NOT NULL,
  bought bigint NOT NULL,
  sold bigint NOT NULL,
  fees bigint NOT NULL,
  commissions bigint NOT NULL,
  issued bigint NOT NULL,
  surrendered bigint NOT NULL,
  cancelled bigint NOT NULL,
  surcharged bigint NOT NULL,
  closing bigint NOT NULL,
  PRIMARY KEY (period, account, instrument),
  CHECK (opening + deposited + withdrawn + bought + sold + fees + commissions + issued + surrendered + cancelled + surcharged = closing)
);

-- Per account at the settlement bank: clients-N and house-N of broker N, fees, authority (its auctions' proceeds too). `net` is what the exchange's
-- settlement has to move; over a period all nets sum to zero. `carried` is the part of it below one fen, kept for later.
CREATE TABLE books.broker_net_cash (
  period integer NOT NULL,
  bank_account text NOT NULL,
  opening bigint NOT NULL,
  deposited bigint NOT NULL,
  withdrawn bigint NOT NULL,
  net bigint NOT NULL,
  closing bigint NOT NULL,
  instructed_fen bigint NOT NULL,
  carried bigint NOT NULL CHECK (carried BETWEEN -999 AND 999),
  PRIMARY KEY (period, bank_account),
  CHECK (opening + deposited + withdrawn + net = closing)
);

-- A correction counts against what it undid.
CREATE TABLE books.fee_invoices (
  period integer NOT NULL,
  broker integer NOT NULL,
  sides bigint NOT NULL,
  volume bigint NOT NULL,
  value bigint NOT NULL,
  fee bigint NOT NULL,
  commission bigint NOT NULL,  -- what the member charged its principals: earned, not owed
  PRIMARY KEY (period, broker)
);

CREATE TABLE books.instruction_files (
  number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  made_at timestamptz NOT NULL DEFAULT now(),
  written boolean NOT NULL DEFAULT false
);
-- id: W-<sequence> for a withdrawal, N-<period>-<bank account> for a day's net.
CREATE TABLE books.bank_instructions (
  id text PRIMARY KEY,
  period integer NOT NULL,
  payer text NOT NULL,
  payee text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  reference text NOT NULL,
  file integer REFERENCES books.instruction_files
);
CREATE INDEX bank_instructions_by_file ON books.bank_instructions (file);

CREATE TABLE books.reconciliations (
  number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  made_at timestamptz NOT NULL DEFAULT now(),
  as_of bigint NOT NULL,
  day date NOT NULL,  -- the newest day that had ended
  balances_compared bigint NOT NULL,
  accounts_compared bigint NOT NULL,
  engine_at_bank bigint NOT NULL,
  bank bigint NOT NULL,
  differing bigint NOT NULL,
  report_id text NOT NULL,    -- request id of the report to the engine
  reported_sequence bigint,   -- where the report stands in the log
  report_outcome text
);
CREATE INDEX reconciliations_by_report ON books.reconciliations (report_id);
CREATE TABLE books.reconciliation_differences (
  reconciliation bigint NOT NULL REFERENCES books.reconciliations,
  account bigint NOT NULL,
  instrument integer NOT NULL,
  engine bigint NOT NULL,
  books bigint NOT NULL,
  postings bigint NOT NULL,
  PRIMARY KEY (reconciliation, account, instrument)
);
