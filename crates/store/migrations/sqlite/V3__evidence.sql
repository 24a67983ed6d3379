-- Evidence: what proves an act, what was decided and why, who looked at it, what is kept of it and for how long.

-- A submission now says where it stands (0 to be judged, 1 a person decides, 2 more was asked for, 3 decided and to be
-- booked, 4 settled), what it is worth and why it waits. `draw` is the lot for the audit, 0 to 999; `device` a keyed
-- hash of what tells one phone from another. The proofs themselves stand in `proof`.
ALTER TABLE submission ADD COLUMN programme INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN behaviour TEXT NOT NULL DEFAULT '';
ALTER TABLE submission ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN worth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN draw INTEGER NOT NULL DEFAULT 999;
ALTER TABLE submission ADD COLUMN device BLOB;
ALTER TABLE submission ADD COLUMN risk INTEGER NOT NULL DEFAULT 0;
-- Codes of what was seen, heaviest first, with a space before and behind each: for filters.
ALTER TABLE submission ADD COLUMN signs TEXT NOT NULL DEFAULT '';
-- Since when a person is waited for; when it was settled.
ALTER TABLE submission ADD COLUMN asked_us INTEGER;
ALTER TABLE submission ADD COLUMN settled_us INTEGER;
-- Whether what was decided was a refusal for cause.
ALTER TABLE submission ADD COLUMN faulted INTEGER NOT NULL DEFAULT 0;
UPDATE submission SET programme = (SELECT p.programme FROM participant p
                                   WHERE p.bucket = submission.bucket AND p.id = submission.participant),
                      state = CASE WHEN entry IS NULL AND problem IS NULL THEN 0 ELSE 4 END;
DROP INDEX submission_waiting;
-- The queue, oldest first; it holds only what waits.
CREATE INDEX submission_queue ON submission (programme, state, asked_us) WHERE state < 4;
CREATE INDEX submission_made ON submission (bucket, participant, made_us);
CREATE INDEX submission_device ON submission (programme, device) WHERE device IS NOT NULL;

-- One file, or one reading, that proves an act. `facts` is what a reader found in it, as JSON; `print` what finds its
-- like among others (a photo's looks, a track's pace). `id` grows with time: the index of looks follows it. The raw
-- file goes at `keep_until_us`, which is set once the act is decided; `deleted_us` proves that it went.
CREATE TABLE proof (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    submission INTEGER NOT NULL,
    n INTEGER NOT NULL,
    id INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    kind TEXT NOT NULL,
    blob TEXT NOT NULL,
    facts TEXT NOT NULL,
    print BLOB,
    made_us INTEGER NOT NULL,
    keep_until_us INTEGER,
    deleted_us INTEGER,
    PRIMARY KEY (bucket, participant, submission, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX proof_id ON proof (programme, kind, id);
CREATE INDEX proof_due ON proof (keep_until_us) WHERE deleted_us IS NULL;
CREATE INDEX proof_blob ON proof (blob);
INSERT INTO proof
SELECT s.bucket, s.participant, s.id, 0, s.id, s.programme, 'photo', s.blob, '', NULL, s.made_us,
       CASE WHEN s.state = 4 THEN s.made_us + 15552000000000 END, NULL
FROM submission s WHERE s.blob <> '';
ALTER TABLE submission DROP COLUMN blob;

-- Coarse keys by which proofs like one another are found: cells that a track touches, a series of steps.
CREATE TABLE proof_key (
    programme INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    proof INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    PRIMARY KEY (programme, kind, key, proof)
) WITHOUT ROWID;
CREATE INDEX proof_key_participant ON proof_key (participant);

-- Every decision on a submission, in order: by the rules (`made_by` 0) or by a person. `grounds` holds everything that
-- the rules used, as JSON; with the policy it replays to the same verdict, as long as `rules` is the version of today.
CREATE TABLE decision (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    submission INTEGER NOT NULL,
    n INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    made_by INTEGER NOT NULL,
    rules INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    grounds TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, submission, n)
) WITHOUT ROWID;

-- What reviewers said, in order. A credit above the policy's limit takes two of them.
CREATE TABLE review (
    bucket INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    submission INTEGER NOT NULL,
    n INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    login INTEGER NOT NULL,
    said TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, submission, n)
) WITHOUT ROWID;

-- A programme's evidence policies: the differences that it states, and the whole that follows from them. A policy never
-- changes; a later one replaces it.
CREATE TABLE policy (
    number INTEGER PRIMARY KEY,
    programme INTEGER NOT NULL REFERENCES programme (id),
    since_us INTEGER NOT NULL,
    made_by INTEGER NOT NULL,
    why TEXT NOT NULL,
    differences TEXT NOT NULL,
    whole TEXT NOT NULL
);
CREATE INDEX policy_programme ON policy (programme, number);

-- What happened to evidence, by civil month: what is counted, how often, and the mg that it was about.
CREATE TABLE evidence_month (
    programme INTEGER NOT NULL,
    month INTEGER NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    mg INTEGER NOT NULL,
    PRIMARY KEY (programme, month, what)
) WITHOUT ROWID;

-- Partners whose events a participant does not want, by number, with spaces between them.
ALTER TABLE participant ADD COLUMN partners_out TEXT NOT NULL DEFAULT '';
-- entry.code 7 raised: what a second source adds to a credited act (`about`), with the act's own inputs, times and
-- methodology, grade 4, and the channel, partner, event and photo of the second; `reason` is what the second said:
-- `said START END GROSS`.
-- How long decisions of a month took, and the records on which another policy is tried.
CREATE INDEX submission_programme ON submission (programme, made_us);

-- Reviewers hold a proof against the one that it looks like, of which only the number is known.
CREATE INDEX submission_number ON submission (id);
-- How long people took lately.
CREATE INDEX submission_answered ON submission (programme, settled_us) WHERE asked_us IS NOT NULL AND state = 4;
