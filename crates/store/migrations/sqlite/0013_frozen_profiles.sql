-- Where a vehicle usually stood when its loan fell behind; of one whose arrears are cured none. Written with the step that took
-- it, unlike what is checkpointed.
CREATE TABLE frozen_profiles (
    vehicle TEXT PRIMARY KEY NOT NULL,
    format BIGINT NOT NULL,
    profile BLOB
);
