-- Competitions. `terms` is JSON, fixed once the stage is past draft. `seed` draws the lots: its SHA-256 is published at
-- the opening, the seed itself once results are final. `result` is the podium's digest, of the newest revision.
CREATE TABLE competition (
    id INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL REFERENCES programme (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    terms TEXT NOT NULL,
    stage INTEGER NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    seed BLOB NOT NULL,
    made_us INTEGER NOT NULL,
    opened_us INTEGER,
    frozen_us INTEGER,
    closed_us INTEGER,
    revision INTEGER NOT NULL DEFAULT 0,
    result BLOB,
    version INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX competition_programme ON competition (programme, last_day);

CREATE TABLE team (
    id INTEGER PRIMARY KEY,
    competition INTEGER NOT NULL REFERENCES competition (id),
    name TEXT NOT NULL,
    -- who may rename it; nobody, if it came from a list
    captain INTEGER,
    -- the SHA-256 of what an invitation link holds
    invitation BLOB NOT NULL UNIQUE,
    formed_us INTEGER NOT NULL,
    UNIQUE (competition, name)
);

-- Who competes. The score is the sum of what counts of the days (`tally`), kept so that a board is rebuilt by one scan;
-- `changed_us` never goes back within a process and lets a board that runs follow the books. `ticket` stands for the
-- participant in public. `shown`: 0 by alias, 1 without a name. `status`: 0 in, 1 left, 2 disqualified.
CREATE TABLE entrant (
    bucket INTEGER NOT NULL,
    competition INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    joined_us INTEGER NOT NULL,
    team INTEGER,
    shown INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    baseline INTEGER NOT NULL DEFAULT 0,
    score INTEGER NOT NULL DEFAULT 0,
    reached_us INTEGER NOT NULL DEFAULT 0,
    -- the newest civil day with a value, that value, and when it was reached
    today INTEGER NOT NULL DEFAULT 0,
    today_value INTEGER NOT NULL DEFAULT 0,
    today_us INTEGER NOT NULL DEFAULT 0,
    changed_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, competition, participant)
) WITHOUT ROWID;
CREATE INDEX entrant_changed ON entrant (competition, changed_us);
CREATE INDEX entrant_team ON entrant (team) WHERE team IS NOT NULL;
CREATE INDEX entrant_participant ON entrant (bucket, participant);

-- What a source counted on a civil day: the highest it told. `curve` holds the value at the end of each hour.
CREATE TABLE reading (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    day INTEGER NOT NULL,
    source TEXT NOT NULL,
    value INTEGER NOT NULL CHECK (value >= 0),
    reached_us INTEGER NOT NULL,
    curve BLOB NOT NULL,
    PRIMARY KEY (bucket, participant, day, source)
) WITHOUT ROWID;

-- What of a day counts in a competition, after the ceiling. Past the day's cut-off it is never raised: what comes later is
-- kept in `late`. `signs` is what speaks against the day; `voided` is why it does not count.
CREATE TABLE tally (
    bucket INTEGER NOT NULL,
    competition INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    day INTEGER NOT NULL,
    value INTEGER NOT NULL CHECK (value >= 0),
    reached_us INTEGER NOT NULL,
    late INTEGER,
    late_us INTEGER,
    signs TEXT NOT NULL DEFAULT '',
    checked_by INTEGER,
    voided TEXT,
    PRIMARY KEY (bucket, competition, participant, day)
) WITHOUT ROWID;
CREATE INDEX tally_day ON tally (competition, day, value);
CREATE INDEX tally_signs ON tally (competition, day) WHERE signs <> '';

-- Days that are final, with their champion.
CREATE TABLE competition_day (
    competition INTEGER NOT NULL,
    day INTEGER NOT NULL,
    final_us INTEGER NOT NULL,
    champion INTEGER,
    value INTEGER NOT NULL,
    walkers INTEGER NOT NULL,
    PRIMARY KEY (competition, day)
) WITHOUT ROWID;

-- The story of a day: how scores stood at the end of each hour, and who took the lead when.
CREATE TABLE competition_hour (
    competition INTEGER NOT NULL,
    day INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    outline BLOB NOT NULL,
    PRIMARY KEY (competition, day, hour)
) WITHOUT ROWID;
CREATE TABLE competition_lead (
    competition INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    day INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (competition, at_us)
) WITHOUT ROWID;

-- What is set aside for a prize from the opening on: `transfer` holds points of the prize budget, `reward` has so many
-- pieces reserved.
CREATE TABLE escrow (
    competition INTEGER NOT NULL,
    prize INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    given INTEGER NOT NULL DEFAULT 0,
    transfer INTEGER,
    reward INTEGER,
    -- pieces that are back where they came from
    returned INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (competition, prize),
    CHECK (given >= 0 AND returned >= 0 AND given + returned <= pieces)
) WITHOUT ROWID;

-- Who got what. `state`: 0 won, 1 given, 2 taken back. A prize is somebody's at most once.
CREATE TABLE award (
    competition INTEGER NOT NULL,
    prize INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    state INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    won_us INTEGER NOT NULL,
    given_us INTEGER,
    given_by INTEGER,
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (competition, prize, participant)
) WITHOUT ROWID;
CREATE INDEX award_participant ON award (participant);

-- A change of results that are final takes two people.
CREATE TABLE correction (
    id INTEGER PRIMARY KEY,
    competition INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    reason TEXT NOT NULL,
    asked_by INTEGER NOT NULL,
    asked_us INTEGER NOT NULL,
    agreed_by INTEGER,
    decided_us INTEGER
);
CREATE INDEX correction_competition ON correction (competition);

-- What happened to a participant, told in the product itself. `body` is JSON; `quiet` are hours of the civil clock without
-- news, `off` are kinds that are not wanted.
CREATE TABLE notice (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    read_us INTEGER,
    PRIMARY KEY (bucket, participant, id)
) WITHOUT ROWID;
ALTER TABLE profile ADD COLUMN notices_off TEXT NOT NULL DEFAULT '';
ALTER TABLE profile ADD COLUMN quiet_from INTEGER NOT NULL DEFAULT 22;
ALTER TABLE profile ADD COLUMN quiet_to INTEGER NOT NULL DEFAULT 8;

-- Where a programme's own systems hear of things: leave days for the employer's, for one. HMAC needs the key itself.
CREATE TABLE hook (
    programme INTEGER PRIMARY KEY REFERENCES programme (id),
    url TEXT NOT NULL,
    secret BLOB NOT NULL,
    made_us INTEGER NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0,
    problem TEXT
);
-- entry.code 8 prize: points that a participant won (`about` the competition), none of a reduction;
-- 9 returned: points of a prize that was taken back.
-- who hands prizes out looks up what an employer calls each winner
CREATE INDEX reference_participant ON reference (participant);
