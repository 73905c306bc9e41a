-- What the nodes that ran depended on, and which files they read and made.
CREATE TABLE evidence (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  key TEXT NOT NULL,
  parts TEXT NOT NULL,
  inputs TEXT NOT NULL,
  why TEXT,
  created TEXT NOT NULL,
  PRIMARY KEY (run, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_key ON evidence (key, created);
CREATE INDEX evidence_by_node ON evidence (pipeline, node, created);

CREATE TABLE touched (
  path TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('made', 'read')),
  created TEXT NOT NULL,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  sha256 TEXT,
  declared INTEGER NOT NULL,
  PRIMARY KEY (path, kind, created, run, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX touched_by_run ON touched (run);

PRAGMA user_version = 5;
