-- Who may log in, and what keeps them apart. Plain rows: no fold rebuilds them. Times are UTC milliseconds of the real clock.
-- Secrets of links, sessions and tokens are kept as SHA-256 of 256 random bits, in hex; passwords as Argon2 in PHC form.

-- One row: whoever changes users takes it first, so that no two changes pass each other. The link for the first user.
CREATE TABLE people (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    changes BIGINT NOT NULL,
    setup_hash TEXT,
    setup_expires_ms BIGINT
);
INSERT INTO people (id, changes) VALUES (1, 0);

-- A name stands in the audit log: it is never given to somebody else, so users are disabled, not deleted.
-- lenders: a list in JSON; NULL = all. password: NULL until it is chosen. totp_step: the last code that was used.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    lenders TEXT,
    password TEXT,
    totp TEXT,
    totp_wanted TEXT,
    totp_step BIGINT NOT NULL,
    locale TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    login_ms BIGINT
);
CREATE UNIQUE INDEX users_name ON users (name);

-- One open link a user: a new one takes the place of the one before.
CREATE TABLE invites (
    user_id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX invites_hash ON invites (hash);

CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    rights TEXT NOT NULL,
    lenders TEXT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT,
    used_ms BIGINT,
    revoked_ms BIGINT
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- Attempts that failed, by name and by address, whether or not there is such a user.
CREATE TABLE login_failures (
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX login_failures_last ON login_failures (last_ms);

-- Positions released to a user on a day (days since 1970 in UTC).
CREATE TABLE position_budgets (
    user_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    positions BIGINT NOT NULL,
    PRIMARY KEY (user_id, day)
);

-- Answers to requests that may come again. status: NULL while the first one runs.
CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body BLOB,
    PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX idempotency_keys_made ON idempotency_keys (made_ms);
