-- What charts read of an evaluation lies together, apart from its document, which is many times as large; that none
-- supersedes it is a column as well, or SQLite looks it up in the row.
CREATE INDEX evaluations_drawn ON evaluations
  (monitor, position, id, batch, created, status, model, baseline, shape, figures, verdicts, superseded_by)
  WHERE superseded_by IS NULL;
CREATE INDEX evaluations_by_model ON evaluations (monitor, model, created);

-- How the last attempt to tell the webhooks of an alert ended.
ALTER TABLE alerts ADD COLUMN delivery TEXT;

PRAGMA user_version = 7;
