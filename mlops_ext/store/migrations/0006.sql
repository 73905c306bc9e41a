-- How often an engine began to take a run on, and was ended before it had.
ALTER TABLE runs ADD COLUMN taking_on INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 6;
