-- Which version of the directory changed a terminal: whoever follows it reads what is new, not a million rows.
ALTER TABLE terminals ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX terminals_changed ON terminals (changed);
