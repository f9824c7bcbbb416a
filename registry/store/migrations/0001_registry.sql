-- The registry's books, derived from the event feed. Quantities are kilograms, prices fen per tonne, money milli-fen.
-- Enumerations stand by their names. Nothing here holds a person's name: accounts are pseudonyms.

CREATE TABLE registry.applied (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL
);
INSERT INTO registry.applied (sequence) VALUES (0);

CREATE TABLE registry.accounts (
  account bigint PRIMARY KEY,
  kind text NOT NULL,
  status text NOT NULL,
  status_reference text NOT NULL,
  status_expiry date,
  region integer NOT NULL,
  birth date,
  addons bigint NOT NULL,
  guardian bigint,
  opened_at bigint NOT NULL
);

CREATE TABLE registry.brokers (
  broker integer PRIMARY KEY,
  code text NOT NULL,
  title text NOT NULL,
  own_account bigint NOT NULL
);

CREATE TABLE registry.parties (
  role text NOT NULL,
  number integer NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  public_key bytea NOT NULL,
  PRIMARY KEY (role, number)
);

CREATE TABLE registry.projects (
  project integer PRIMARY KEY,
  code text NOT NULL,
  scheme text NOT NULL,
  methodology text NOT NULL,
  methodology_version integer NOT NULL,
  region integer NOT NULL,
  verifier integer NOT NULL,
  offset_eligible boolean NOT NULL,
  targeted boolean NOT NULL
);

CREATE TABLE registry.instruments (
  instrument integer PRIMARY KEY,
  symbol text NOT NULL UNIQUE,
  kind text NOT NULL,
  vintage integer NOT NULL,
  project integer,
  issued bigint NOT NULL DEFAULT 0 CHECK (issued >= 0)
);

CREATE TABLE registry.entrustments (
  entrustment bigint PRIMARY KEY,
  principal bigint NOT NULL,
  broker integer NOT NULL,
  instruments text NOT NULL,
  sides text NOT NULL,
  mode text NOT NULL,
  floor bigint NOT NULL,
  ceiling bigint NOT NULL,
  order_limit bigint NOT NULL,
  total_limit bigint NOT NULL,
  fee bigint NOT NULL,
  first_day date NOT NULL,
  last_day date NOT NULL,
  document_hash bytea NOT NULL,
  granted_at bigint NOT NULL,
  revoked_at bigint
);
CREATE INDEX entrustments_principal ON registry.entrustments (principal);

-- Title. A block's key never disappears: a split shortens it and makes a new one behind, a transfer changes the owner.
-- A b-tree, not an exclusion constraint (sixty times slower); that blocks do not overlap is audited by window function.
CREATE TABLE registry.blocks (
  instrument integer NOT NULL,
  first bigint NOT NULL CHECK (first >= 1),
  last bigint NOT NULL,
  owner bigint NOT NULL,
  since bigint NOT NULL,
  PRIMARY KEY (instrument, first),
  CHECK (last >= first)
);
CREATE INDEX blocks_owner ON registry.blocks (owner, instrument, first);

CREATE TABLE registry.block_moves (
  sequence bigint NOT NULL,
  instrument integer NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  from_account bigint,  -- NULL: issued
  to_account bigint NOT NULL
);
CREATE INDEX block_moves_serial ON registry.block_moves (instrument, first);

-- Holdings are kept from the quantities of the events, not from the blocks, so that each can be held against the other.
CREATE TABLE registry.holdings (
  account bigint NOT NULL,
  instrument integer NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (account, instrument)
);

CREATE TABLE registry.caps (
  year integer PRIMARY KEY,
  cap bigint NOT NULL
);

CREATE TABLE registry.allocation_runs (
  year integer PRIMARY KEY,
  sequence bigint NOT NULL,
  cap bigint NOT NULL,
  reserve bigint NOT NULL,
  paid_pool bigint NOT NULL,
  free_pool bigint NOT NULL,
  accounts bigint NOT NULL,
  weight_sum bigint NOT NULL,
  inputs_digest bytea NOT NULL
);

CREATE TABLE registry.allocations (
  year integer NOT NULL,
  account bigint NOT NULL,
  holder bigint NOT NULL,
  weight bigint NOT NULL,
  quantity bigint NOT NULL,
  PRIMARY KEY (account, year)
);

CREATE TABLE registry.factors (
  factor integer NOT NULL,
  version integer NOT NULL,
  methodology text NOT NULL,
  methodology_version integer NOT NULL,
  activity_unit text NOT NULL,
  micro_kg_per_unit bigint NOT NULL,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  PRIMARY KEY (factor, version)
);

CREATE TABLE registry.emissions (
  record bigint PRIMARY KEY,
  principal bigint NOT NULL,
  year integer NOT NULL,
  source integer NOT NULL,
  device text NOT NULL,
  period_from date NOT NULL,
  period_to date NOT NULL,
  activity_milli bigint NOT NULL,
  factor integer NOT NULL,
  factor_version integer NOT NULL,
  kg bigint NOT NULL,
  nonce numeric(20) NOT NULL,
  signature bytea NOT NULL,
  status text NOT NULL,
  recorded_at bigint NOT NULL
);
CREATE INDEX emissions_principal ON registry.emissions (principal, year);

CREATE TABLE registry.emission_states (
  sequence bigint NOT NULL,
  record bigint NOT NULL,
  status text NOT NULL,
  verified_total bigint NOT NULL
);
CREATE INDEX emission_states_record ON registry.emission_states (record);

CREATE TABLE registry.credit_applications (
  application integer PRIMARY KEY,
  instrument integer NOT NULL,
  broker integer NOT NULL,
  quantity bigint NOT NULL,
  verified bigint NOT NULL,
  status text NOT NULL,
  reference text NOT NULL,
  applied_at bigint NOT NULL
);

CREATE TABLE registry.credit_shares (
  application integer NOT NULL,
  account bigint NOT NULL,
  share bigint NOT NULL,
  PRIMARY KEY (application, account)
);

CREATE TABLE registry.offsets (
  sequence bigint NOT NULL,
  principal bigint NOT NULL,
  year integer NOT NULL,
  instrument integer NOT NULL,
  requested bigint NOT NULL,
  granted bigint NOT NULL
);
CREATE INDEX offsets_principal ON registry.offsets (principal, year);

CREATE TABLE registry.compliance (
  principal bigint NOT NULL,
  year integer NOT NULL,
  status text NOT NULL,
  liability bigint NOT NULL,
  from_credits bigint NOT NULL,
  from_banked bigint NOT NULL,
  from_vintage bigint NOT NULL,
  shortfall bigint NOT NULL,
  deducted bigint NOT NULL,
  debt bigint NOT NULL,
  surcharge bigint NOT NULL,
  banked bigint NOT NULL,
  not_banked bigint NOT NULL,
  collected bigint NOT NULL,
  owed bigint NOT NULL,
  assessed_at bigint NOT NULL,
  PRIMARY KEY (principal, year)
);
