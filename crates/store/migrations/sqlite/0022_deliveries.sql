-- What became of each notice is read the newest first, all of them or those in one state; a night of reminders is 100,000 rows.
CREATE INDEX outbox_newest ON outbox (seq, entry);
CREATE INDEX outbox_states ON outbox (state, seq, entry);
