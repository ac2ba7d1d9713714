-- Where vehicles stood, each stay once it has ended. Times are the devices', in UTC.

CREATE TABLE stays (
    vehicle TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    lat_e7 BIGINT NOT NULL,
    lon_e7 BIGINT NOT NULL,
    PRIMARY KEY (vehicle, from_ms)
) WITHOUT ROWID;
