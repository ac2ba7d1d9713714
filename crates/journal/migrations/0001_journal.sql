-- The log. No secondary index: the way to an acknowledgement appends to one b-tree and nothing else (PERF.md B4).
-- AUTOINCREMENT: a seq is never given twice, also after everything has been trimmed.
CREATE TABLE journal (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    stamped_ms INTEGER NOT NULL,
    payload    BLOB    NOT NULL,
    frame      BLOB
) STRICT;

-- What holds for the whole journal. One row.
CREATE TABLE header (
    only_row             INTEGER PRIMARY KEY CHECK (only_row = 1),
    journal_id           TEXT    NOT NULL,
    authentication_key   BLOB    NOT NULL,
    clock                TEXT    NOT NULL,
    clock_origin_ms      INTEGER NOT NULL,
    clock_real_origin_ms INTEGER NOT NULL,
    clock_factor         REAL    NOT NULL,
    trimmed_through      INTEGER NOT NULL,
    trimmed_stamp_ms     INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 1;
