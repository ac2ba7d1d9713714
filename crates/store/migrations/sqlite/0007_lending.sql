-- What happened to a loan between two books, as it was told: for people, the rules read the loan.
CREATE TABLE loan_events (
    contract TEXT NOT NULL,
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (contract, seq, item)
);

-- People are owed entries about alerts, and borrowers' reminders.
ALTER TABLE outbox RENAME COLUMN alert TO subject;
