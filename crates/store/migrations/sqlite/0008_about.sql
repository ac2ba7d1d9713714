-- An alert may be about what many vehicles have in common: a place, a lender's feed, a network.
ALTER TABLE alerts RENAME COLUMN vehicle TO about;
