-- Which version of the directory changed a terminal: whoever follows it reads what is new, not a million rows.
ALTER TABLE terminals ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
UPDATE terminals SET changed = COALESCE((SELECT directory_version FROM fold WHERE id = 1), 0);
CREATE INDEX terminals_changed ON terminals (changed);
