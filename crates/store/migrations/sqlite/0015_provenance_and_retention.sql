-- Where a place is from and who stands for it, as JSON; NULL for places that were set before that was kept.
ALTER TABLE places ADD COLUMN provenance TEXT;

-- Stays leave the store by when they ended.
CREATE INDEX stays_ended ON stays (to_ms);
