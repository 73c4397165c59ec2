-- +goose Up
-- until_day: the last day in Asia/Jakarta. ended_*: NULL while nobody has ended it.
CREATE TABLE tokens (
    id            TEXT NOT NULL PRIMARY KEY,
    person        TEXT NOT NULL,
    scope         TEXT NOT NULL,
    until_day     TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    made_via      TEXT NOT NULL,
    made_through  TEXT NOT NULL,
    made_at       TEXT NOT NULL,
    ended_by      TEXT,
    ended_via     TEXT,
    ended_through TEXT,
    ended_at      TEXT
);

CREATE INDEX tokens_person ON tokens (person);

-- Outside the log: the hash of what the bearer shows.
CREATE TABLE token_secrets (
    id   TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL
);

CREATE UNIQUE INDEX token_secrets_hash ON token_secrets (hash);
