-- Evidence: what proves an act, what was decided and why, who looked at it, what is kept of it and for how long.

-- A submission now says where it stands (0 to be judged, 1 a person decides, 2 more was asked for, 3 decided and to be
-- booked, 4 settled), what it is worth and why it waits. `draw` is the lot for the audit, 0 to 999; `device` a keyed
-- hash of what tells one phone from another. The proofs themselves stand in `proof`.
ALTER TABLE submission ADD COLUMN programme BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN behaviour TEXT NOT NULL DEFAULT '';
ALTER TABLE submission ADD COLUMN state BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN worth BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN draw BIGINT NOT NULL DEFAULT 999;
ALTER TABLE submission ADD COLUMN device BYTEA;
ALTER TABLE submission ADD COLUMN risk BIGINT NOT NULL DEFAULT 0;
-- Codes of what was seen, heaviest first, with a space before and behind each: for filters.
ALTER TABLE submission ADD COLUMN signs TEXT NOT NULL DEFAULT '';
-- Since when a person is waited for; when it was settled.
ALTER TABLE submission ADD COLUMN asked_us BIGINT;
ALTER TABLE submission ADD COLUMN settled_us BIGINT;
-- Whether what was decided was a refusal for cause.
ALTER TABLE submission ADD COLUMN faulted BIGINT NOT NULL DEFAULT 0;
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
    bucket BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    submission BIGINT NOT NULL,
    n BIGINT NOT NULL,
    id BIGINT NOT NULL,
    programme BIGINT NOT NULL,
    kind TEXT NOT NULL,
    blob TEXT NOT NULL,
    facts TEXT NOT NULL,
    print BYTEA,
    made_us BIGINT NOT NULL,
    keep_until_us BIGINT,
    deleted_us BIGINT,
    PRIMARY KEY (bucket, participant, submission, n)
);
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
    programme BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key BIGINT NOT NULL,
    proof BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    PRIMARY KEY (programme, kind, key, proof)
);
CREATE INDEX proof_key_participant ON proof_key (participant);

-- Every decision on a submission, in order: by the rules (`made_by` 0) or by a person. `grounds` holds everything that
-- the rules used, as JSON; with the policy it replays to the same verdict, as long as `rules` is the version of today.
CREATE TABLE decision (
    bucket BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    submission BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    made_by BIGINT NOT NULL,
    rules BIGINT NOT NULL,
    policy BIGINT NOT NULL,
    grounds TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, submission, n)
);

-- What reviewers said, in order. A credit above the policy's limit takes two of them.
CREATE TABLE review (
    bucket BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    submission BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    login BIGINT NOT NULL,
    said TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (bucket, participant, submission, n)
);

-- A programme's evidence policies: the differences that it states, and the whole that follows from them. A policy never
-- changes; a later one replaces it.
CREATE TABLE policy (
    number BIGINT PRIMARY KEY,
    programme BIGINT NOT NULL REFERENCES programme (id),
    since_us BIGINT NOT NULL,
    made_by BIGINT NOT NULL,
    why TEXT NOT NULL,
    differences TEXT NOT NULL,
    whole TEXT NOT NULL
);
CREATE INDEX policy_programme ON policy (programme, number);

-- What happened to evidence, by civil month: what is counted, how often, and the mg that it was about.
CREATE TABLE evidence_month (
    programme BIGINT NOT NULL,
    month BIGINT NOT NULL,
    what TEXT NOT NULL,
    count BIGINT NOT NULL,
    mg BIGINT NOT NULL,
    PRIMARY KEY (programme, month, what)
);

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
