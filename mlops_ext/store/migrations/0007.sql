-- What charts read of an evaluation lies together, apart from its document, which is many times as large.
CREATE INDEX evaluations_drawn ON evaluations
  (monitor, position, id, batch, created, status, model, baseline, shape, figures, verdicts)
  WHERE superseded_by IS NULL;

-- How the last attempt to tell the webhooks of an alert ended.
ALTER TABLE alerts ADD COLUMN delivery TEXT;

PRAGMA user_version = 7;
