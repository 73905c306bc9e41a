-- Runs, their nodes and attempts, what happened (events), and what was asked (requests).
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  pipeline TEXT NOT NULL,
  pipeline_sha256 TEXT NOT NULL,
  runtime TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('in-place', 'isolated')),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'skipped')),
  reason TEXT,
  parameters TEXT NOT NULL,
  plan TEXT NOT NULL,
  source TEXT NOT NULL,
  provenance TEXT NOT NULL,
  max_parallel INTEGER,
  reuse INTEGER NOT NULL,
  selection TEXT,
  created TEXT NOT NULL,
  started TEXT,
  finished TEXT,
  seconds REAL,
  error TEXT,
  seq INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX runs_by_age ON runs (created, id);
CREATE INDEX runs_active ON runs (state) WHERE state IN ('queued', 'running', 'waiting');

CREATE TABLE node_runs (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  position INTEGER NOT NULL,
  type TEXT NOT NULL,
  label TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'skipped')),
  reason TEXT,
  reused INTEGER NOT NULL,
  reused_from TEXT,
  attempts INTEGER NOT NULL,
  started TEXT,
  finished TEXT,
  seconds REAL,
  results TEXT NOT NULL,
  outputs TEXT NOT NULL,
  notebook TEXT,
  log TEXT,
  error TEXT,
  cell INTEGER,
  cells INTEGER,
  PRIMARY KEY (run, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  reason TEXT,
  started TEXT NOT NULL,
  finished TEXT,
  seconds REAL,
  error TEXT,
  PRIMARY KEY (run, node, attempt)
) STRICT, WITHOUT ROWID;

-- `number` counts over all runs and is never used again: who follows the whole store
-- asks for what came after it. `seq` counts in a run, without gaps.
CREATE TABLE events (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  time TEXT NOT NULL,
  node TEXT,
  data TEXT NOT NULL,
  UNIQUE (run, seq)
) STRICT;

CREATE TABLE requests (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancel')),
  time TEXT NOT NULL,
  UNIQUE (run, kind)
) STRICT;

PRAGMA user_version = 1;
