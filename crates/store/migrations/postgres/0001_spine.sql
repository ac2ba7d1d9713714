-- The derived rows: everything here can be rebuilt by folding the journal and the archive again.
-- Times are UTC milliseconds, coordinates 1e-7 degrees, speeds tenths of km/h, offsets seconds.

-- Where the fold stands. One row.
CREATE TABLE fold (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    journal TEXT NOT NULL,
    fence BIGINT NOT NULL,
    applied_seq BIGINT NOT NULL,
    applied_part BIGINT NOT NULL,
    applied_at_ms BIGINT NOT NULL,
    checkpoint_seq BIGINT NOT NULL,
    checkpoint_coverage TEXT NOT NULL,
    directory_version BIGINT NOT NULL,
    uncovered TEXT
);

CREATE TABLE terminals (
    terminal TEXT NOT NULL PRIMARY KEY,
    protocol TEXT NOT NULL,
    status TEXT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    approved_ms BIGINT,
    zone_s BIGINT
);

CREATE TABLE vehicles (
    vehicle TEXT NOT NULL PRIMARY KEY,
    alias TEXT
);

CREATE TABLE bindings (
    terminal TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT,
    vehicle TEXT NOT NULL,
    role TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (terminal, from_ms)
);
CREATE INDEX bindings_vehicle ON bindings (vehicle);

-- One row per reception, in journal order: an append, never a random page.
CREATE TABLE frames (
    seq BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    terminal TEXT NOT NULL,
    protocol TEXT NOT NULL,
    session TEXT NOT NULL,
    frame_no BIGINT NOT NULL,
    number BIGINT NOT NULL,
    serial BIGINT,
    received_ms BIGINT NOT NULL,
    checksum_ok BIGINT NOT NULL,
    problem TEXT,
    frame BYTEA
);

-- One row per identity. The key leads with time: five times faster than one that leads with the terminal.
CREATE TABLE positions (
    wall_ms BIGINT NOT NULL,
    terminal TEXT NOT NULL,
    measured BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    fix_ms BIGINT,
    received_ms BIGINT NOT NULL,
    timeliness TEXT NOT NULL,
    lat_e7 BIGINT,
    lon_e7 BIGINT,
    speed_tenths BIGINT,
    course BIGINT,
    altitude_m BIGINT,
    satellites BIGINT,
    buffered BIGINT NOT NULL,
    alarms BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (wall_ms, terminal, measured)
);

-- Frames of terminals nobody has approved yet. Bounded; approval moves them out.
CREATE TABLE quarantine (
    seq BIGINT NOT NULL PRIMARY KEY,
    terminal TEXT NOT NULL,
    payload BYTEA NOT NULL,
    frame BYTEA
);

-- Rows of books that are not in force yet.
CREATE TABLE book_chunks (
    book TEXT NOT NULL,
    first_row BIGINT NOT NULL,
    loans TEXT NOT NULL,
    PRIMARY KEY (book, first_row)
);

CREATE TABLE loan_books (
    book TEXT NOT NULL PRIMARY KEY,
    lender TEXT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    loans BIGINT NOT NULL,
    complete BIGINT NOT NULL,
    activated_seq BIGINT NOT NULL,
    activated_ms BIGINT NOT NULL
);

CREATE TABLE loans (
    contract TEXT NOT NULL PRIMARY KEY,
    lender TEXT NOT NULL,
    vehicle TEXT NOT NULL,
    in_book BIGINT NOT NULL,
    paid_ms BIGINT,
    notes TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX loans_vehicle ON loans (vehicle);

-- What the rules remember, written lazily; `state_seq` says up to which input.
CREATE TABLE subject_states (
    subject TEXT NOT NULL PRIMARY KEY,
    format BIGINT NOT NULL,
    state_seq BIGINT NOT NULL,
    heard_ms BIGINT,
    fix_ms BIGINT,
    lat_e7 BIGINT,
    lon_e7 BIGINT,
    state BYTEA NOT NULL
);

CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    vehicle TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_ms BIGINT NOT NULL,
    event_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX alerts_vehicle ON alerts (vehicle, rule);
CREATE INDEX alerts_opened ON alerts (opened_ms);

-- What people are owed, committed with what caused it.
CREATE TABLE outbox (
    entry TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    alert TEXT NOT NULL,
    notice TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    error TEXT,
    body TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, next_ms);

CREATE TABLE outcomes (
    input TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- Each line holds the hash of the one before it.
CREATE TABLE audit (
    line BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- Inputs other than receptions, for back-test and explanation after the journal is trimmed.
CREATE TABLE archive (
    seq BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    payload BYTEA NOT NULL
);

-- Time in which the server could listen. Ticks become intervals.
CREATE TABLE coverage (
    from_ms BIGINT NOT NULL PRIMARY KEY,
    to_ms BIGINT NOT NULL,
    run_seq BIGINT NOT NULL
);

CREATE TABLE rule_sets (
    seq BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    total BIGINT NOT NULL
);
