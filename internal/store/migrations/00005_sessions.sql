-- +goose Up
-- All outside the log: what the door keeps of those who sign in
-- (docs/decisions/0022). hash: SHA-256 in hex of the token of the cookie.
-- until_at: when it is over unless its person looks at something before;
-- ends_at: when it is over in any case. viewing: '' for oneself.
CREATE TABLE sessions (
    hash          TEXT   NOT NULL PRIMARY KEY,
    person        TEXT   NOT NULL,
    half          BIGINT NOT NULL,
    begun_at      TEXT   NOT NULL,
    until_at      TEXT   NOT NULL,
    ends_at       TEXT   NOT NULL,
    viewing       TEXT   NOT NULL,
    viewing_until TEXT
);

CREATE INDEX sessions_person ON sessions (person);

-- The forms that were sent in a session: each counts once.
CREATE TABLE sent_forms (
    session TEXT NOT NULL,
    nonce   TEXT NOT NULL,
    PRIMARY KEY (session, nonce)
);

-- How often somebody has tried to come in. hash: SHA-256 in hex of who or from
-- where.
CREATE TABLE attempts (
    hash     TEXT   NOT NULL PRIMARY KEY,
    n        BIGINT NOT NULL,
    until_at TEXT   NOT NULL
);

CREATE INDEX attempts_until ON attempts (until_at);

-- The last step of a person's one-time codes that was used.
CREATE TABLE code_steps (
    person TEXT   NOT NULL PRIMARY KEY,
    step   BIGINT NOT NULL
);
