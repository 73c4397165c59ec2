-- +goose Up
-- When the program removed a backup.
ALTER TABLE backups ADD COLUMN removed_at TEXT;

-- The folders on this machine into which backups were written, so that old ones are
-- found again. No copy of the record has them.
CREATE TABLE backup_folders (
    folder  TEXT NOT NULL PRIMARY KEY,
    last_at TEXT NOT NULL
);
