-- Instants are microseconds since 1970 UTC, days are days since 1970, masses mg CO2e, points thousandths, money minor
-- units. Ids are made by the application. Every hot table leads with `bucket`, a fixed hash of the participant (of the
-- key, for claims), so that the books can be split over lanes and servers without touching the code.

CREATE TABLE programme (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    zone TEXT NOT NULL,
    region TEXT NOT NULL,
    starts_us INTEGER NOT NULL,
    milli_per_g INTEGER NOT NULL CHECK (milli_per_g >= 0),
    unit_zh TEXT NOT NULL,
    unit_en TEXT NOT NULL
);

-- Kept for ever: a record is recomputed from the version that credited it.
CREATE TABLE methodology (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    published_us INTEGER NOT NULL,
    UNIQUE (id, version)
);

-- Which version quantifies a behaviour of a programme today.
CREATE TABLE in_force (
    programme INTEGER NOT NULL REFERENCES programme (id),
    behaviour TEXT NOT NULL,
    methodology INTEGER NOT NULL REFERENCES methodology (number),
    since_us INTEGER NOT NULL,
    PRIMARY KEY (programme, behaviour)
);

-- The hot row of a participant: balances in both ledgers and what ceilings and overlaps need. Never who it is.
-- `version` guards against a writer that read an older row.
CREATE TABLE participant (
    bucket INTEGER NOT NULL,
    id INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    open INTEGER NOT NULL,
    consents INTEGER NOT NULL,
    credited_mg INTEGER NOT NULL,
    reversed_mg INTEGER NOT NULL,
    points_in INTEGER NOT NULL,
    points_out INTEGER NOT NULL,
    points_held INTEGER NOT NULL,
    last_entry INTEGER NOT NULL,
    history TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK (credited_mg >= reversed_mg AND reversed_mg >= 0),
    CHECK (points_held >= 0 AND points_out >= 0 AND points_in - points_out >= points_held)
) WITHOUT ROWID;

-- Who a participant is: apart from the books, so that a person can be erased and the books stay whole.
CREATE TABLE profile (
    bucket INTEGER NOT NULL,
    id INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    alias TEXT NOT NULL,
    lang TEXT NOT NULL,
    joined_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What a partner or an import calls a participant.
CREATE TABLE reference (
    programme INTEGER NOT NULL,
    name TEXT NOT NULL,
    participant INTEGER NOT NULL,
    PRIMARY KEY (programme, name)
) WITHOUT ROWID;

-- Every consent given and withdrawn, in order.
CREATE TABLE consent (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    name TEXT NOT NULL,
    given INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, at_us, name)
);

-- The journal: one immutable row an act, which is itself the posting in both ledgers (mg of reduction and points, each
-- from the programme's account of this bucket to the participant); other postings of a participant share the table.
-- The key leads with the participant, so that a statement is one stretch of the index.
-- code: 1 credited act, 2 refused act, 3 reversal, 4 points held, 5 points spent, 6 hold released
CREATE TABLE entry (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    id INTEGER NOT NULL,
    code INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    mg INTEGER NOT NULL CHECK (mg >= 0),
    points INTEGER NOT NULL CHECK (points >= 0),
    about INTEGER,
    methodology INTEGER,
    channel INTEGER,
    grade INTEGER,
    partner INTEGER,
    event TEXT,
    started_us INTEGER,
    ended_us INTEGER,
    day INTEGER,
    inputs TEXT,
    factors TEXT,
    reason TEXT,
    photo BLOB,
    PRIMARY KEY (bucket, participant, id)
) WITHOUT ROWID;

-- What is unique over all participants: a caller's key, a ride, a photo. `body` is a fingerprint of what came with a
-- caller's key, zero for other claims.
CREATE TABLE claim (
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    participant INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    body INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;

-- The programme's side of the participants' postings, split by bucket and touched once a batch.
CREATE TABLE programme_account (
    bucket INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    issued_mg INTEGER NOT NULL,
    reversed_mg INTEGER NOT NULL,
    points_issued INTEGER NOT NULL,
    points_returned INTEGER NOT NULL,
    points_held INTEGER NOT NULL,
    points_spent INTEGER NOT NULL,
    PRIMARY KEY (bucket, programme)
) WITHOUT ROWID;

-- Accounts and transfers of the ledgers that are not participants': money and units.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL,
    ledger TEXT NOT NULL,
    name TEXT NOT NULL,
    never_negative INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL CHECK (debits_posted >= 0),
    debits_pending INTEGER NOT NULL CHECK (debits_pending >= 0),
    credits_posted INTEGER NOT NULL CHECK (credits_posted >= 0),
    credits_pending INTEGER NOT NULL CHECK (credits_pending >= 0),
    version INTEGER NOT NULL,
    UNIQUE (programme, ledger, name),
    CHECK (never_negative = 0 OR credits_posted - debits_posted >= debits_pending)
);

-- phase: 0 plain, 1 pending, 2 post, 3 void; `pending` names the transfer that a post or void settles.
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    debit INTEGER NOT NULL REFERENCES account (id),
    credit INTEGER NOT NULL REFERENCES account (id),
    ledger TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    phase INTEGER NOT NULL,
    pending INTEGER,
    about INTEGER,
    at_us INTEGER NOT NULL,
    CHECK (debit <> credit)
);

-- A hold is settled once.
CREATE UNIQUE INDEX transfer_pending ON transfer (pending);

CREATE TABLE reward (
    id INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL REFERENCES programme (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    sponsor TEXT NOT NULL,
    budget INTEGER REFERENCES account (id),
    cost_minor INTEGER,
    currency TEXT,
    price INTEGER NOT NULL CHECK (price > 0),
    stock INTEGER NOT NULL CHECK (stock >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    handed_over INTEGER NOT NULL CHECK (handed_over >= 0),
    supplied INTEGER NOT NULL,
    per_person INTEGER,
    on_sale INTEGER NOT NULL,
    hold_days INTEGER NOT NULL,
    voucher_days INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK (stock + reserved + handed_over = supplied)
);

CREATE TABLE reward_order (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    id INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    reward INTEGER NOT NULL,
    price INTEGER NOT NULL,
    state INTEGER NOT NULL,
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    hold_entry INTEGER NOT NULL,
    hold_transfer INTEGER,
    PRIMARY KEY (bucket, participant, id)
) WITHOUT ROWID;

CREATE TABLE voucher (
    code TEXT PRIMARY KEY,
    programme INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    order_id INTEGER NOT NULL UNIQUE,
    expires_us INTEGER NOT NULL,
    used_us INTEGER
);

-- An act that needs a look before it is decided: a photo.
CREATE TABLE submission (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    id INTEGER NOT NULL,
    body TEXT NOT NULL,
    blob TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    entry INTEGER,
    problem TEXT,
    PRIMARY KEY (bucket, participant, id)
) WITHOUT ROWID;

CREATE TABLE appeal (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    words TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    upheld INTEGER,
    answer TEXT,
    decided_by INTEGER,
    decided_us INTEGER,
    PRIMARY KEY (bucket, participant, entry)
);

-- A reversal takes two people: one asks, another agrees.
CREATE TABLE reversal (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    why TEXT NOT NULL,
    asked_by INTEGER NOT NULL,
    asked_us INTEGER NOT NULL,
    agreed_by INTEGER,
    agreed_us INTEGER,
    reversing INTEGER,
    PRIMARY KEY (bucket, participant, entry),
    CHECK (agreed_by IS NULL OR agreed_by <> asked_by)
);

-- The answer to a write that carried an idempotency key, kept for retries.
CREATE TABLE answer (
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    body INTEGER NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;

-- People who sign in, and what they are where. Passwords are argon2id strings.
CREATE TABLE login (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    lang TEXT NOT NULL
);

CREATE TABLE membership (
    login INTEGER NOT NULL REFERENCES login (id),
    programme INTEGER NOT NULL REFERENCES programme (id),
    role TEXT NOT NULL,
    participant INTEGER,
    PRIMARY KEY (login, programme, role)
);

CREATE TABLE partner (
    id INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL REFERENCES programme (id),
    name TEXT NOT NULL,
    client TEXT NOT NULL UNIQUE,
    secret BLOB NOT NULL,
    open INTEGER NOT NULL
);

-- Sessions and access tokens, by the SHA-256 of what the caller holds.
CREATE TABLE token (
    secret BLOB PRIMARY KEY,
    login INTEGER,
    partner INTEGER,
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
);

-- Work that a transaction asked for; done at least once, by handlers that are idempotent.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_us INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    problem TEXT
);

CREATE INDEX job_due ON job (run_us);
