-- What is started by the clock of this machine. `since`: what was due up to here is dealt with. `claimed`: the run that
-- is being started, chosen before anything is begun, so that it is started once however often that is tried.
CREATE TABLE schedules (
  kind TEXT NOT NULL CHECK (kind IN ('pipeline', 'monitor')),
  path TEXT NOT NULL,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,
  paused INTEGER NOT NULL,
  since TEXT NOT NULL,
  claimed TEXT,
  last TEXT,
  last_run TEXT,
  problem TEXT,
  PRIMARY KEY (kind, path)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
