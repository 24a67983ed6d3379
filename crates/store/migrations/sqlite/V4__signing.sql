-- A partner with a key of its own signs what it sends. HMAC needs the key itself: it is kept in clear, unlike secrets that
-- are only compared. The key before it is good until an instant, so that a partner can change over.
ALTER TABLE partner ADD COLUMN signing_key BLOB;
ALTER TABLE partner ADD COLUMN signing_before BLOB;
ALTER TABLE partner ADD COLUMN signing_before_until_us INTEGER NOT NULL DEFAULT 0;
