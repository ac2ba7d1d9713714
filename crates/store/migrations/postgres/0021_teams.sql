-- People who are given the same to see, under a name. Who is in a team sees it beside what they were given themselves.
-- lenders, regions: lists in JSON; NULL = all.
CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    lenders TEXT,
    regions TEXT,
    version BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_name ON teams (name);

CREATE TABLE team_members (
    team TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (team, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);
