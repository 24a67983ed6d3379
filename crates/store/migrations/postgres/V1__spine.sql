-- Instants are microseconds since 1970 UTC, days are days since 1970, masses mg CO2e, points thousandths, money minor
-- units. Ids are made by the application. Every hot table leads with `bucket`, a fixed hash of the participant (of the
-- key, for claims), so that the books can be split over lanes and servers without touching the code.

CREATE TABLE programme (
    id BIGINT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    zone TEXT NOT NULL,
    region TEXT NOT NULL,
    starts_us BIGINT NOT NULL,
    milli_per_g BIGINT NOT NULL CHECK (milli_per_g >= 0),
    unit_zh TEXT NOT NULL,
    unit_en TEXT NOT NULL
);

-- Kept for ever: a record is recomputed from the version that credited it.
CREATE TABLE methodology (
    number BIGINT PRIMARY KEY,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    published_us BIGINT NOT NULL,
    UNIQUE (id, version)
);

-- Which version quantifies a behaviour of a programme today.
CREATE TABLE in_force (
    programme BIGINT NOT NULL REFERENCES programme (id),
    behaviour TEXT NOT NULL,
    methodology BIGINT NOT NULL REFERENCES methodology (number),
    since_us BIGINT NOT NULL,
    PRIMARY KEY (programme, behaviour)
);

-- The hot row of a participant: balances in both ledgers and what ceilings and overlaps need. Never who it is.
-- `version` guards against a writer that read an older row.
CREATE TABLE participant (
    bucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    programme BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    open SMALLINT NOT NULL,
    consents BIGINT NOT NULL,
    credited_mg BIGINT NOT NULL,
    reversed_mg BIGINT NOT NULL,
    points_in BIGINT NOT NULL,
    points_out BIGINT NOT NULL,
    points_held BIGINT NOT NULL,
    last_entry BIGINT NOT NULL,
    history TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK (credited_mg >= reversed_mg AND reversed_mg >= 0),
    CHECK (points_held >= 0 AND points_out >= 0 AND points_in - points_out >= points_held)
) WITH (fillfactor = 70);

-- Who a participant is: apart from the books, so that a person can be erased and the books stay whole.
CREATE TABLE profile (
    bucket SMALLINT NOT NULL,
    id BIGINT NOT NULL,
    programme BIGINT NOT NULL,
    alias TEXT NOT NULL,
    lang TEXT NOT NULL,
    joined_us BIGINT NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What a partner or an import calls a participant.
CREATE TABLE reference (
    programme BIGINT NOT NULL,
    name TEXT NOT NULL,
    participant BIGINT NOT NULL,
    PRIMARY KEY (programme, name)
);

-- Every consent given and withdrawn, in order.
CREATE TABLE consent (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    name TEXT NOT NULL,
    given SMALLINT NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, at_us, name)
);

-- The journal: one immutable row an act, which is itself the posting in both ledgers (mg of reduction and points, each
-- from the programme's account of this bucket to the participant); other postings of a participant share the table.
-- The key leads with the participant, so that a statement is one stretch of the index.
-- code: 1 credited act, 2 refused act, 3 reversal, 4 points held, 5 points spent, 6 hold released
CREATE TABLE entry (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    code SMALLINT NOT NULL,
    at_us BIGINT NOT NULL,
    mg BIGINT NOT NULL CHECK (mg >= 0),
    points BIGINT NOT NULL CHECK (points >= 0),
    about BIGINT,
    methodology BIGINT,
    channel SMALLINT,
    grade SMALLINT,
    partner BIGINT,
    event TEXT,
    started_us BIGINT,
    ended_us BIGINT,
    day INTEGER,
    inputs TEXT,
    factors TEXT,
    reason TEXT,
    photo BYTEA,
    PRIMARY KEY (bucket, participant, id)
);

-- What is unique over all participants: a caller's key, a ride, a photo. `body` is a fingerprint of what came with a
-- caller's key, zero for other claims.
CREATE TABLE claim (
    bucket SMALLINT NOT NULL,
    key BYTEA NOT NULL,
    participant BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    body BIGINT NOT NULL,
    PRIMARY KEY (bucket, key)
);

-- The programme's side of the participants' postings, split by bucket and touched once a batch.
CREATE TABLE programme_account (
    bucket SMALLINT NOT NULL,
    programme BIGINT NOT NULL,
    issued_mg BIGINT NOT NULL,
    reversed_mg BIGINT NOT NULL,
    points_issued BIGINT NOT NULL,
    points_returned BIGINT NOT NULL,
    points_held BIGINT NOT NULL,
    points_spent BIGINT NOT NULL,
    PRIMARY KEY (bucket, programme)
);

-- Accounts and transfers of the ledgers that are not participants': money and units.
CREATE TABLE account (
    id BIGINT PRIMARY KEY,
    programme BIGINT NOT NULL,
    ledger TEXT NOT NULL,
    name TEXT NOT NULL,
    never_negative SMALLINT NOT NULL,
    debits_posted BIGINT NOT NULL CHECK (debits_posted >= 0),
    debits_pending BIGINT NOT NULL CHECK (debits_pending >= 0),
    credits_posted BIGINT NOT NULL CHECK (credits_posted >= 0),
    credits_pending BIGINT NOT NULL CHECK (credits_pending >= 0),
    version BIGINT NOT NULL,
    UNIQUE (programme, ledger, name),
    CHECK (never_negative = 0 OR credits_posted - debits_posted >= debits_pending)
);

-- phase: 0 plain, 1 pending, 2 post, 3 void; `pending` names the transfer that a post or void settles.
CREATE TABLE transfer (
    id BIGINT PRIMARY KEY,
    debit BIGINT NOT NULL REFERENCES account (id),
    credit BIGINT NOT NULL REFERENCES account (id),
    ledger TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    phase SMALLINT NOT NULL,
    pending BIGINT,
    about BIGINT,
    at_us BIGINT NOT NULL,
    CHECK (debit <> credit)
);

-- A hold is settled once.
CREATE UNIQUE INDEX transfer_pending ON transfer (pending);

CREATE TABLE reward (
    id BIGINT PRIMARY KEY,
    programme BIGINT NOT NULL REFERENCES programme (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    sponsor TEXT NOT NULL,
    budget BIGINT REFERENCES account (id),
    cost_minor BIGINT,
    currency TEXT,
    price BIGINT NOT NULL CHECK (price > 0),
    stock BIGINT NOT NULL CHECK (stock >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    handed_over BIGINT NOT NULL CHECK (handed_over >= 0),
    supplied BIGINT NOT NULL,
    per_person BIGINT,
    on_sale SMALLINT NOT NULL,
    hold_days BIGINT NOT NULL,
    voucher_days BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (stock + reserved + handed_over = supplied)
);

CREATE TABLE reward_order (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    programme BIGINT NOT NULL,
    reward BIGINT NOT NULL,
    price BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    made_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    hold_entry BIGINT NOT NULL,
    hold_transfer BIGINT,
    PRIMARY KEY (bucket, participant, id)
);

CREATE TABLE voucher (
    code TEXT PRIMARY KEY,
    programme BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    order_id BIGINT NOT NULL UNIQUE,
    expires_us BIGINT NOT NULL,
    used_us BIGINT
);

-- An act that needs a look before it is decided: a photo.
CREATE TABLE submission (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TEXT NOT NULL,
    blob TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    entry BIGINT,
    problem TEXT,
    PRIMARY KEY (bucket, participant, id)
);

CREATE TABLE appeal (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    words TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    upheld SMALLINT,
    answer TEXT,
    decided_by BIGINT,
    decided_us BIGINT,
    PRIMARY KEY (bucket, participant, entry)
);

-- A reversal takes two people: one asks, another agrees.
CREATE TABLE reversal (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    why TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    asked_us BIGINT NOT NULL,
    agreed_by BIGINT,
    agreed_us BIGINT,
    reversing BIGINT,
    PRIMARY KEY (bucket, participant, entry),
    CHECK (agreed_by IS NULL OR agreed_by <> asked_by)
);

-- The answer to a write that carried an idempotency key, kept for retries.
CREATE TABLE answer (
    bucket SMALLINT NOT NULL,
    key BYTEA NOT NULL,
    body BIGINT NOT NULL,
    status SMALLINT NOT NULL,
    answer TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (bucket, key)
);

-- People who sign in, and what they are where. Passwords are argon2id strings.
CREATE TABLE login (
    id BIGINT PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    lang TEXT NOT NULL
);

CREATE TABLE membership (
    login BIGINT NOT NULL REFERENCES login (id),
    programme BIGINT NOT NULL REFERENCES programme (id),
    role TEXT NOT NULL,
    participant BIGINT,
    PRIMARY KEY (login, programme, role)
);

CREATE TABLE partner (
    id BIGINT PRIMARY KEY,
    programme BIGINT NOT NULL REFERENCES programme (id),
    name TEXT NOT NULL,
    client TEXT NOT NULL UNIQUE,
    secret BYTEA NOT NULL,
    open SMALLINT NOT NULL
);

-- Sessions and access tokens, by the SHA-256 of what the caller holds.
CREATE TABLE token (
    secret BYTEA PRIMARY KEY,
    login BIGINT,
    partner BIGINT,
    made_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);

-- Work that a transaction asked for; done at least once, by handlers that are idempotent.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_us BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    problem TEXT
);

CREATE INDEX job_due ON job (run_us);
