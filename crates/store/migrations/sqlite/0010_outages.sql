-- When devices that share something could not be heard, by the coverage clock: what is said of one vehicle rests on the
-- silence of others.
CREATE TABLE outages (
    noticed_ms BIGINT NOT NULL,
    shared TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT,
    since_ms BIGINT NOT NULL,
    silent BIGINT NOT NULL,
    talking BIGINT NOT NULL,
    PRIMARY KEY (noticed_ms, shared)
) WITHOUT ROWID;

-- Alerts are taken before reminders: a hundred thousand of those become due at one midnight.
ALTER TABLE outbox ADD COLUMN reminder BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET reminder = 1 WHERE notice IN ('due_soon', 'debit_failed');
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (state, reminder, next_ms);

-- Asked for each notice: what went before it, of the same alert.
CREATE INDEX outbox_subject ON outbox (subject, seq);

-- The newest book of each lender.
CREATE INDEX loan_books_newest ON loan_books (lender, activated_seq);
