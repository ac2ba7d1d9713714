-- What a track needs of each position, so that a terminal's month is read without going through everybody's.
-- New positions are appended to the tail; the oldest of it are sorted by terminal into a segment, which is never changed.

CREATE TABLE track_tail (
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    terminal TEXT NOT NULL,
    wall_ms BIGINT NOT NULL,
    measured BIGINT NOT NULL,
    fix_ms BIGINT,
    received_ms BIGINT NOT NULL,
    timeliness TEXT NOT NULL,
    lat_e7 BIGINT,
    lon_e7 BIGINT,
    speed_tenths BIGINT,
    course BIGINT,
    alarms BIGINT NOT NULL,
    PRIMARY KEY (seq, item)
) WITHOUT ROWID;

CREATE TABLE tracks (
    segment BIGINT NOT NULL,
    terminal TEXT NOT NULL,
    wall_ms BIGINT NOT NULL,
    measured BIGINT NOT NULL,
    fix_ms BIGINT,
    received_ms BIGINT NOT NULL,
    timeliness TEXT NOT NULL,
    lat_e7 BIGINT,
    lon_e7 BIGINT,
    speed_tenths BIGINT,
    course BIGINT,
    alarms BIGINT NOT NULL,
    PRIMARY KEY (segment, terminal, wall_ms, measured)
) WITHOUT ROWID;

-- The time that a segment spans, by the devices' clocks, reports without one left out.
CREATE TABLE segments (
    segment BIGINT NOT NULL PRIMARY KEY,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    positions BIGINT NOT NULL
);

ALTER TABLE fold ADD COLUMN segments BIGINT NOT NULL DEFAULT 0;
-- An older program that is still folding knows nothing of the tail: it commits no more.
UPDATE fold SET fence = fence + 1;

INSERT INTO track_tail (seq, item, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7,
    speed_tenths, course, alarms)
SELECT seq, item, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7, speed_tenths, course,
    alarms FROM positions ORDER BY seq, item;
