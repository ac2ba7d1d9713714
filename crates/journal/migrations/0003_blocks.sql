-- How many entries stand in the payload, one behind the other with their frames (crates/journal/src/block.rs): those that
-- committed together. Their seqs end with the row's. NULL = one, with its frame beside it, as before.
ALTER TABLE journal ADD COLUMN entries INTEGER;

PRAGMA user_version = 3;
