-- Places that are watched: `body` is the place as JSON, coordinates in 1e-7 degrees, lengths in metres.
CREATE TABLE places (
    place TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL
);
