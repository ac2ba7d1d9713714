-- What staff told terminals to do, and what became of it; what staff said of terminals' habits.

-- `body` holds command and state with their values, `state` the state's code.
CREATE TABLE commands (
    command TEXT NOT NULL PRIMARY KEY,
    terminal TEXT NOT NULL,
    seq BIGINT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX commands_state ON commands (state, changed_ms);
CREATE INDEX commands_terminal ON commands (terminal, seq);

ALTER TABLE terminals ADD COLUMN model TEXT;
ALTER TABLE terminals ADD COLUMN checksum TEXT;
ALTER TABLE terminals ADD COLUMN acknowledgement TEXT;
