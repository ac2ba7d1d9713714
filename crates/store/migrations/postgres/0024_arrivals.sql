-- The waiting room asks which terminals were heard for the first time last, which of them wait for approval, and which were never heard;
-- of a million terminals these are few. When the first fix of each was stored is kept beside it. Of what was stored before, the newest
-- terminals are looked up in the tracks, more than the waiting room shows; of older ones it is the first from now on.
ALTER TABLE terminals ADD COLUMN first_fix_ms BIGINT;
CREATE INDEX terminals_heard ON terminals (first_seq) WHERE protocol <> '';
UPDATE terminals SET first_fix_ms = (SELECT MIN(fixed.first_ms) FROM (
    SELECT MIN(t.received_ms) AS first_ms FROM segments s JOIN tracks t ON t.segment = s.segment
        WHERE t.terminal = terminals.terminal AND t.lat_e7 IS NOT NULL
    UNION ALL SELECT MIN(l.received_ms) FROM track_tail l WHERE l.terminal = terminals.terminal AND l.lat_e7 IS NOT NULL
) AS fixed) WHERE terminal IN (SELECT terminal FROM terminals WHERE protocol <> '' ORDER BY first_seq DESC LIMIT 64);
CREATE INDEX terminals_unapproved ON terminals (first_seq) WHERE protocol <> '' AND status = 'quarantined';
CREATE INDEX terminals_unheard ON terminals (terminal) WHERE protocol = '';

-- When a terminal that nobody has approved was heard last. Of what was kept before, it is known when it was heard first.
ALTER TABLE quarantine ADD COLUMN received_ms BIGINT NOT NULL DEFAULT 0;
UPDATE quarantine SET received_ms =
    COALESCE((SELECT first_seen_ms FROM terminals WHERE terminals.terminal = quarantine.terminal), 0);
CREATE INDEX quarantine_terminal ON quarantine (terminal, received_ms);
