-- What an inbox lists by: whose an alert is, until when it is out of the way, whether a verdict is wanted, and by which loan it is seen.
ALTER TABLE alerts ADD COLUMN contract TEXT;
ALTER TABLE alerts ADD COLUMN lender TEXT;
ALTER TABLE alerts ADD COLUMN owner TEXT;
ALTER TABLE alerts ADD COLUMN snoozed_ms BIGINT;
ALTER TABLE alerts ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;

-- Alerts of before are seen by the loan that is on their vehicle now.
UPDATE alerts SET contract = (SELECT MAX(contract) FROM loans WHERE loans.vehicle = alerts.about);
UPDATE alerts SET lender = (SELECT lender FROM loans WHERE loans.contract = alerts.contract);
UPDATE alerts SET lender = SUBSTR(about, 8) WHERE about LIKE 'lender:%';
-- A note cannot look like these: its quotes are escaped.
UPDATE alerts SET waits = 1 WHERE severity IN ('P1', 'P2') AND about NOT LIKE 'lender:%' AND about NOT LIKE 'group:%'
    AND ((state IN ('open', 'acknowledged') AND body LIKE '%"cleared_at":"%')
        OR (state = 'closed' AND body LIKE '%"reason":"condition_over"%'));

CREATE INDEX alerts_state ON alerts (state, severity, opened_ms);
CREATE INDEX alerts_waits ON alerts (waits, severity, opened_ms);
CREATE INDEX alerts_seq ON alerts (seq);

-- What happened to each alert, by the rules (no actor) or by staff, in the order of the inputs.
CREATE TABLE alert_history (
    alert TEXT NOT NULL,
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT,
    action TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (alert, seq, item)
) WITHOUT ROWID;
INSERT INTO alert_history (alert, seq, item, at_ms, action) SELECT id, 0, 0, opened_ms, 'opened' FROM alerts;
