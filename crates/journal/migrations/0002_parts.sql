-- Frames that are parts of split messages which are not whole yet. Written in the commit of the part's own entry,
-- removed in that of the entry which makes the message whole or gives it up: small, and mostly empty.
CREATE TABLE parts (
    terminal    TEXT    NOT NULL,
    protocol    TEXT    NOT NULL,
    part_set    INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    frame       BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (terminal, protocol, part_set, number)
) STRICT;

PRAGMA user_version = 2;
