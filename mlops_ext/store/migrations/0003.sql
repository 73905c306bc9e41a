-- Models in production: what was evaluated, which alerts were raised, what people decided.
CREATE TABLE evaluation_shapes (
  number INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- `position` is the place of a batch in time: an evaluation that supersedes another takes its place.
-- Numbers and verdicts also stand apart from the document, so that ten thousand of them are quickly read.
CREATE TABLE evaluations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  monitor TEXT NOT NULL,
  key TEXT NOT NULL,
  batch TEXT NOT NULL,
  position INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ok', 'warn', 'alert', 'error', 'too_few_rows', 'no_labels')),
  model TEXT,
  baseline TEXT,
  created TEXT NOT NULL,
  document TEXT NOT NULL,
  shape INTEGER NOT NULL REFERENCES evaluation_shapes (number),
  figures TEXT NOT NULL,
  verdicts TEXT NOT NULL,
  superseded_by TEXT,
  alert TEXT
) STRICT;

-- What could not be computed is tried again: only other evaluations are one for a key.
CREATE UNIQUE INDEX evaluations_by_key ON evaluations (monitor, key) WHERE status <> 'error';
CREATE UNIQUE INDEX evaluations_by_place ON evaluations (monitor, position) WHERE superseded_by IS NULL;
CREATE UNIQUE INDEX evaluations_of_batch ON evaluations (monitor, batch) WHERE superseded_by IS NULL;
CREATE INDEX evaluations_by_age ON evaluations (monitor, number);
CREATE INDEX evaluations_of_alert ON evaluations (alert) WHERE alert IS NOT NULL;

CREATE TABLE alerts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  monitor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'snoozed', 'retraining', 'accepted', 'dismissed', 'resolved')),
  opened TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  updated TEXT NOT NULL,
  checks TEXT NOT NULL,
  summary TEXT NOT NULL,
  run TEXT,
  snoozed_until TEXT,
  told TEXT
) STRICT;

CREATE UNIQUE INDEX alerts_active ON alerts (monitor) WHERE state IN ('open', 'snoozed', 'retraining');
CREATE INDEX alerts_by_monitor ON alerts (monitor, number);

-- A decision is pending until what it sets in motion has begun; from then on it stays as it is.
CREATE TABLE decisions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  alert TEXT NOT NULL REFERENCES alerts (id),
  action TEXT NOT NULL CHECK (action IN ('retrain', 'accept', 'dismiss', 'snooze')),
  comment TEXT NOT NULL,
  user TEXT NOT NULL,
  at TEXT NOT NULL,
  origin TEXT NOT NULL,
  run TEXT,
  until TEXT,
  effect TEXT,
  pending INTEGER NOT NULL
) STRICT;

CREATE INDEX decisions_by_alert ON decisions (alert, number);
CREATE INDEX decisions_pending ON decisions (number) WHERE pending = 1;

CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions WHEN OLD.pending = 0
BEGIN
  SELECT RAISE(ABORT, 'a decision stays as it is');
END;

CREATE TRIGGER decisions_are_not_removed BEFORE DELETE ON decisions WHEN OLD.pending = 0
BEGIN
  SELECT RAISE(ABORT, 'a decision stays');
END;

-- Which monitors have news; `number` grows with each.
CREATE TABLE monitor_news (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  monitor TEXT NOT NULL UNIQUE
) STRICT;

PRAGMA user_version = 3;
