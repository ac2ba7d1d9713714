-- Files that were brought in at the desk, and what became of them: a bounded list for people. Plain rows: no fold rebuilds them.
-- kind: loans, bindings or events. state: checked, applying, applied, refused, discarded or expired. inputs: ids of the inputs that
-- put it in force, JSON. summary, rejects: what the file says, JSON.
CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    lender TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    settled_ms BIGINT,
    settled_by TEXT,
    inputs TEXT NOT NULL,
    summary TEXT NOT NULL,
    rejects TEXT NOT NULL
);
CREATE INDEX imports_at ON imports (at_ms, id);
