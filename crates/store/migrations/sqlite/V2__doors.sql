-- What the doors need: joining by oneself, several people in charge of a participant, passkeys, mail, the audit log,
-- lists of the operator's console.

-- Whether people may join by themselves: 1 if they may.
ALTER TABLE programme ADD COLUMN joinable INTEGER NOT NULL DEFAULT 0;

-- One login may be several participants: the person and the small entities that it is in charge of. 0 is none.
CREATE TABLE membership_2 (
    login INTEGER NOT NULL REFERENCES login (id),
    programme INTEGER NOT NULL REFERENCES programme (id),
    role TEXT NOT NULL,
    participant INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (login, programme, role, participant)
);
INSERT INTO membership_2 SELECT login, programme, role, coalesce(participant, 0) FROM membership;
DROP TABLE membership;
ALTER TABLE membership_2 RENAME TO membership;
CREATE INDEX membership_participant ON membership (participant);

-- As which of its participants a session looks at pages; 0 is the first.
ALTER TABLE token ADD COLUMN acting INTEGER NOT NULL DEFAULT 0;

-- Of a partner's scopes, those that it asked for with this token; empty where it asked for all that it has.
ALTER TABLE token ADD COLUMN scopes TEXT NOT NULL DEFAULT '';

-- Thousandths of a point for a gram, for acts of this civil day and later; before the first row that of the programme.
-- A credit is verified by the rate of its day, so a row whose day has begun never changes.
CREATE TABLE points_rate (
    programme INTEGER NOT NULL REFERENCES programme (id),
    day INTEGER NOT NULL,
    milli_per_g INTEGER NOT NULL CHECK (milli_per_g >= 0),
    PRIMARY KEY (programme, day)
);

-- A link that makes whoever follows it something in a programme, by the SHA-256 of its secret.
CREATE TABLE invitation (
    secret BLOB PRIMARY KEY,
    programme INTEGER NOT NULL REFERENCES programme (id),
    role TEXT NOT NULL,
    participant INTEGER NOT NULL DEFAULT 0,
    made_by INTEGER NOT NULL,
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
);

-- A link that lets somebody choose a new password, by the SHA-256 of its secret.
CREATE TABLE password_reset (
    secret BLOB PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES login (id),
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
);

-- Public keys that sign in without a password.
CREATE TABLE passkey (
    id BLOB PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES login (id),
    name TEXT NOT NULL,
    credential BLOB NOT NULL,
    made_us INTEGER NOT NULL,
    used_us INTEGER
);
CREATE INDEX passkey_login ON passkey (login);

-- Letters on their way, written with the fact that wants them told. The body is wiped once one was sent.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    sent_us INTEGER,
    problem TEXT
);

-- What people are asked to agree to, in a programme's own words. A text never changes; a later one replaces it.
CREATE TABLE consent_text (
    programme INTEGER NOT NULL REFERENCES programme (id),
    consent TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    PRIMARY KEY (programme, consent, since_us)
);

-- Everything that staff did, in order: written with the deed.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    login INTEGER NOT NULL,
    who TEXT NOT NULL,
    deed TEXT NOT NULL,
    about TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_programme ON audit (programme, id);

-- What a partner may do: words of OAuth scopes, and when it was added.
ALTER TABLE partner ADD COLUMN scopes TEXT NOT NULL DEFAULT 'participants records';
ALTER TABLE partner ADD COLUMN made_us INTEGER NOT NULL DEFAULT 0;

-- What a partner sent, by hour: one row an hour, whatever the number of events.
CREATE TABLE feed (
    partner INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    credited INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    faulty INTEGER NOT NULL,
    mg INTEGER NOT NULL,
    PRIMARY KEY (partner, hour)
);

-- The last events of a partner of which nothing could be kept.
CREATE TABLE feed_fault (
    id INTEGER PRIMARY KEY,
    partner INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    event TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX feed_fault_partner ON feed_fault (partner, id);

-- What a programme credited, by civil day of the act and methodology version, touched once a batch. `shard` keeps
-- lanes apart.
CREATE TABLE daily (
    programme INTEGER NOT NULL,
    day INTEGER NOT NULL,
    methodology INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    acts INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    mg INTEGER NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (programme, day, methodology, shard)
) WITHOUT ROWID;
INSERT INTO daily
SELECT p.programme, e.day, e.methodology, 0, sum(e.code = 1), sum(e.code = 2), sum(e.mg), sum(e.points)
FROM entry e JOIN participant p ON p.bucket = e.bucket AND p.id = e.participant
WHERE e.methodology IS NOT NULL
GROUP BY p.programme, e.day, e.methodology;

-- The journal in the order in which it was written, for the operator's list: grows at its end only.
CREATE INDEX entry_at ON entry (at_us);
CREATE INDEX profile_programme ON profile (programme, id);
CREATE INDEX reward_order_programme ON reward_order (programme, id);
CREATE INDEX submission_waiting ON submission (made_us) WHERE entry IS NULL AND problem IS NULL;
CREATE INDEX appeal_open ON appeal (made_us) WHERE upheld IS NULL;

-- A second person may decline as well as agree.
ALTER TABLE reversal ADD COLUMN declined_by INTEGER;
ALTER TABLE reversal ADD COLUMN declined_us INTEGER;
CREATE INDEX reversal_open ON reversal (asked_us) WHERE agreed_by IS NULL AND declined_by IS NULL;

-- Whether an order is handed over at once; a reward's own picture among the icons; codes that somebody else made.
ALTER TABLE reward ADD COLUMN at_once INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reward ADD COLUMN icon TEXT NOT NULL DEFAULT '';
CREATE TABLE reward_code (
    reward INTEGER NOT NULL REFERENCES reward (id),
    code TEXT NOT NULL UNIQUE,
    order_id INTEGER,
    PRIMARY KEY (reward, code)
);
-- The next code that nobody has, without a walk over those that are out.
CREATE INDEX reward_code_free ON reward_code (reward, code) WHERE order_id IS NULL;
