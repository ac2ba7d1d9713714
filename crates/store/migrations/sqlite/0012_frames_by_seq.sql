-- BIGINT PRIMARY KEY is an index beside the table; INTEGER PRIMARY KEY is the table's own order. Each frame is written once
-- instead of twice, and found with one look instead of two. The table is written anew: a minute for some 50 million frames.
CREATE TABLE frames_by_seq (
    seq INTEGER NOT NULL PRIMARY KEY,
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
    frame BLOB
);

INSERT INTO frames_by_seq (seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok,
    problem, frame)
SELECT seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, problem, frame
FROM frames ORDER BY seq;

DROP TABLE frames;

ALTER TABLE frames_by_seq RENAME TO frames;
