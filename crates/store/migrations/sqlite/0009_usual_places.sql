-- Where a vehicle usually stands, apart from what each report changes. Written with the states, up to the same input.
CREATE TABLE usual_places (
    vehicle TEXT PRIMARY KEY NOT NULL,
    format BIGINT NOT NULL,
    state_seq BIGINT NOT NULL,
    places BLOB NOT NULL
);
