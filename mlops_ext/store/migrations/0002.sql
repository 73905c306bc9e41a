-- Runs on a runtime elsewhere, and the pipelines that were brought there.
ALTER TABLE runs ADD COLUMN remote TEXT;

-- Lists filter by what stands in the index, without reading the rows that don't match.
CREATE INDEX runs_by_pipeline ON runs (pipeline, created, id, state, runtime);
CREATE INDEX runs_by_state ON runs (state, created, id, pipeline, runtime);
CREATE INDEX runs_by_runtime ON runs (runtime, created, id, pipeline, state);

CREATE TABLE asked (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('cancel', 'retry')),
  time TEXT NOT NULL,
  UNIQUE (run, kind)
) STRICT;
INSERT INTO asked (number, run, kind, time) SELECT number, run, kind, time FROM requests;
DROP TABLE requests;
ALTER TABLE asked RENAME TO requests;

-- A pipeline on a runtime: what was delivered, and what is asked of it.
CREATE TABLE deployments (
  runtime TEXT NOT NULL,
  dag_id TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  pipeline_sha256 TEXT NOT NULL,
  document TEXT NOT NULL,
  sources TEXT,
  package TEXT,
  version TEXT,
  pinned INTEGER NOT NULL,
  scheduled INTEGER NOT NULL,
  schedule TEXT,
  paused INTEGER,
  wanted_paused INTEGER,
  step TEXT NOT NULL CHECK (step IN ('accepted', 'delivering', 'waiting', 'ready')),
  message TEXT NOT NULL,
  problem TEXT,
  url TEXT,
  asked TEXT NOT NULL,
  delivered TEXT,
  PRIMARY KEY (runtime, dag_id)
) STRICT, WITHOUT ROWID;

-- Which run of a runtime is which run of ours. What was deleted here stays known, so that it is not taken up again.
CREATE TABLE remote_runs (
  runtime TEXT NOT NULL,
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY (runtime, dag_id, run_id)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
