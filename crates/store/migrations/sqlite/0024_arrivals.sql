-- The waiting room asks which terminals were heard for the first time last, which of them wait for approval, and which were never heard;
-- of a million terminals these are few. When the first fix of each was stored is kept beside it: of what was stored before, the oldest
-- report with a place that is still in the tracks is the first, and the tracks are read once for that.
ALTER TABLE terminals ADD COLUMN first_fix_ms BIGINT;
UPDATE terminals SET first_fix_ms = told.first_ms FROM (
    SELECT terminal, MIN(received_ms) AS first_ms FROM (
        SELECT terminal, received_ms FROM tracks WHERE lat_e7 IS NOT NULL
        UNION ALL SELECT terminal, received_ms FROM track_tail WHERE lat_e7 IS NOT NULL
    ) AS fixed GROUP BY terminal
) AS told WHERE told.terminal = terminals.terminal;
CREATE INDEX terminals_heard ON terminals (first_seq) WHERE protocol <> '';
CREATE INDEX terminals_unapproved ON terminals (first_seq) WHERE protocol <> '' AND status = 'quarantined';
CREATE INDEX terminals_unheard ON terminals (terminal) WHERE protocol = '';

-- When a terminal that nobody has approved was heard last. Of what was kept before, it is known when it was heard first.
ALTER TABLE quarantine ADD COLUMN received_ms BIGINT NOT NULL DEFAULT 0;
UPDATE quarantine SET received_ms =
    COALESCE((SELECT first_seen_ms FROM terminals WHERE terminals.terminal = quarantine.terminal), 0);
CREATE INDEX quarantine_terminal ON quarantine (terminal, received_ms);
