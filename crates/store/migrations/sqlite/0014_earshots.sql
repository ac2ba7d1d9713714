-- When the devices of a city or a network were heard well, by the coverage clock: that a vehicle vanished among them rests on it.
CREATE TABLE earshots (
    shared TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT,
    PRIMARY KEY (shared, from_ms)
) WITHOUT ROWID;
