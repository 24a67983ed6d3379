-- Competitions. `terms` is JSON, fixed once the stage is past draft. `seed` draws the lots: its SHA-256 is published at
-- the opening, the seed itself once results are final. `result` is the podium's digest, of the newest revision.
CREATE TABLE competition (
    id BIGINT PRIMARY KEY,
    programme BIGINT NOT NULL REFERENCES programme (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    terms TEXT NOT NULL,
    stage BIGINT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    seed BYTEA NOT NULL,
    made_us BIGINT NOT NULL,
    opened_us BIGINT,
    frozen_us BIGINT,
    closed_us BIGINT,
    revision BIGINT NOT NULL DEFAULT 0,
    result BYTEA,
    version BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX competition_programme ON competition (programme, last_day);

CREATE TABLE team (
    id BIGINT PRIMARY KEY,
    competition BIGINT NOT NULL REFERENCES competition (id),
    name TEXT NOT NULL,
    -- who may rename it; nobody, if it came from a list
    captain BIGINT,
    -- the SHA-256 of what an invitation link holds
    invitation BYTEA NOT NULL UNIQUE,
    formed_us BIGINT NOT NULL,
    UNIQUE (competition, name)
);

-- Who competes. The score is the sum of what counts of the days (`tally`), kept so that a board is rebuilt by one scan;
-- `changed_us` never goes back within a process and lets a board that runs follow the books. `ticket` stands for the
-- participant in public. `shown`: 0 by alias, 1 without a name. `status`: 0 in, 1 left, 2 disqualified.
CREATE TABLE entrant (
    bucket SMALLINT NOT NULL,
    competition BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    ticket BIGINT NOT NULL,
    joined_us BIGINT NOT NULL,
    team BIGINT,
    shown BIGINT NOT NULL DEFAULT 0,
    status BIGINT NOT NULL DEFAULT 0,
    reason TEXT,
    baseline BIGINT NOT NULL DEFAULT 0,
    score BIGINT NOT NULL DEFAULT 0,
    reached_us BIGINT NOT NULL DEFAULT 0,
    -- the newest civil day with a value, that value, and when it was reached
    today BIGINT NOT NULL DEFAULT 0,
    today_value BIGINT NOT NULL DEFAULT 0,
    today_us BIGINT NOT NULL DEFAULT 0,
    changed_us BIGINT NOT NULL,
    PRIMARY KEY (bucket, competition, participant)
);
CREATE INDEX entrant_changed ON entrant (competition, changed_us);
CREATE INDEX entrant_team ON entrant (team) WHERE team IS NOT NULL;
CREATE INDEX entrant_participant ON entrant (bucket, participant);

-- What a source counted on a civil day: the highest it told. `curve` holds the value at the end of each hour.
CREATE TABLE reading (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    day BIGINT NOT NULL,
    source TEXT NOT NULL,
    value BIGINT NOT NULL CHECK (value >= 0),
    reached_us BIGINT NOT NULL,
    curve BYTEA NOT NULL,
    PRIMARY KEY (bucket, participant, day, source)
);

-- What of a day counts in a competition, after the ceiling. Past the day's cut-off it is never raised: what comes later is
-- kept in `late`. `signs` is what speaks against the day; `voided` is why it does not count.
CREATE TABLE tally (
    bucket SMALLINT NOT NULL,
    competition BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    day BIGINT NOT NULL,
    value BIGINT NOT NULL CHECK (value >= 0),
    reached_us BIGINT NOT NULL,
    late BIGINT,
    late_us BIGINT,
    signs TEXT NOT NULL DEFAULT '',
    checked_by BIGINT,
    voided TEXT,
    PRIMARY KEY (bucket, competition, participant, day)
);
CREATE INDEX tally_day ON tally (competition, day, value);
CREATE INDEX tally_signs ON tally (competition, day) WHERE signs <> '';

-- Days that are final, with their champion.
CREATE TABLE competition_day (
    competition BIGINT NOT NULL,
    day BIGINT NOT NULL,
    final_us BIGINT NOT NULL,
    champion BIGINT,
    value BIGINT NOT NULL,
    walkers BIGINT NOT NULL,
    PRIMARY KEY (competition, day)
);

-- The story of a day: how scores stood at the end of each hour, and who took the lead when.
CREATE TABLE competition_hour (
    competition BIGINT NOT NULL,
    day BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    outline BYTEA NOT NULL,
    PRIMARY KEY (competition, day, hour)
);
CREATE TABLE competition_lead (
    competition BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    day BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (competition, at_us)
);

-- What is set aside for a prize from the opening on: `transfer` holds points of the prize budget, `reward` has so many
-- pieces reserved.
CREATE TABLE escrow (
    competition BIGINT NOT NULL,
    prize BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    given BIGINT NOT NULL DEFAULT 0,
    transfer BIGINT,
    reward BIGINT,
    -- pieces that are back where they came from
    returned BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (competition, prize),
    CHECK (given >= 0 AND returned >= 0 AND given + returned <= pieces)
);

-- Who got what. `state`: 0 won, 1 given, 2 taken back. A prize is somebody's at most once.
CREATE TABLE award (
    competition BIGINT NOT NULL,
    prize BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    state BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    won_us BIGINT NOT NULL,
    given_us BIGINT,
    given_by BIGINT,
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (competition, prize, participant)
);
CREATE INDEX award_participant ON award (participant);

-- A change of results that are final takes two people.
CREATE TABLE correction (
    id BIGINT PRIMARY KEY,
    competition BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    reason TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    asked_us BIGINT NOT NULL,
    agreed_by BIGINT,
    decided_us BIGINT
);
CREATE INDEX correction_competition ON correction (competition);

-- What happened to a participant, told in the product itself. `body` is JSON; `quiet` are hours of the civil clock without
-- news, `off` are kinds that are not wanted.
CREATE TABLE notice (
    bucket SMALLINT NOT NULL,
    participant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    read_us BIGINT,
    PRIMARY KEY (bucket, participant, id)
);
ALTER TABLE profile ADD COLUMN notices_off TEXT NOT NULL DEFAULT '';
ALTER TABLE profile ADD COLUMN quiet_from BIGINT NOT NULL DEFAULT 22;
ALTER TABLE profile ADD COLUMN quiet_to BIGINT NOT NULL DEFAULT 8;

-- Where a programme's own systems hear of things: leave days for the employer's, for one. HMAC needs the key itself.
CREATE TABLE hook (
    programme BIGINT PRIMARY KEY REFERENCES programme (id),
    url TEXT NOT NULL,
    secret BYTEA NOT NULL,
    made_us BIGINT NOT NULL,
    sent BIGINT NOT NULL DEFAULT 0,
    problem TEXT
);
-- entry.code 8 prize: points that a participant won (`about` the competition), none of a reduction;
-- 9 returned: points of a prize that was taken back.
-- who hands prizes out looks up what an employer calls each winner
CREATE INDEX reference_participant ON reference (participant);
