-- What the store said of the loans that the newest book of each lender changed, as it was before that book, so that it can be taken
-- back. One book a lender, replaced by the next one. loans: portions, JSON; `place` counts them.
CREATE TABLE former_loans (
    lender TEXT NOT NULL,
    place BIGINT NOT NULL,
    book TEXT NOT NULL,
    activated_seq BIGINT NOT NULL,
    loans TEXT NOT NULL,
    PRIMARY KEY (lender, place)
);
CREATE INDEX former_loans_book ON former_loans (book);
-- What was told since that book is told again to the loans as they were.
CREATE INDEX loan_events_seq ON loan_events (seq);
-- Who took an import back, when, and by which input.
ALTER TABLE imports ADD COLUMN reverted_ms BIGINT;
ALTER TABLE imports ADD COLUMN reverted_by TEXT;
ALTER TABLE imports ADD COLUMN reverted_input TEXT;
