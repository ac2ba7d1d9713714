-- What a file told is told once, however often and in whatever portions it is imported. What a person tells has no identity.
ALTER TABLE loan_events ADD COLUMN identity TEXT;
CREATE UNIQUE INDEX loan_events_identity ON loan_events (identity);
