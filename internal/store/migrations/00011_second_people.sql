-- +goose Up
-- invited_by, way_in: JSON lists of marks. *_seal: SHA-256 in hex of what is kept
-- outside the log; '' for none, 'unknown' for what is older than seals.
ALTER TABLE users ADD COLUMN invited_by TEXT NOT NULL DEFAULT '[]';

ALTER TABLE users ADD COLUMN way_in TEXT NOT NULL DEFAULT '[]';

ALTER TABLE users ADD COLUMN password_seal TEXT NOT NULL DEFAULT '';

ALTER TABLE users ADD COLUMN second_factor_seal TEXT NOT NULL DEFAULT '';

ALTER TABLE users ADD COLUMN invitation_seal TEXT NOT NULL DEFAULT '';

ALTER TABLE tokens ADD COLUMN seal TEXT NOT NULL DEFAULT '';

-- Of which organisation a user was, from when on; '' for none.
CREATE TABLE memberships (
    person       TEXT NOT NULL REFERENCES users (id),
    since        TEXT NOT NULL,
    organisation TEXT NOT NULL,
    PRIMARY KEY (person, since)
);

-- The log once more, with a condition that no event stands before the first.
CREATE TABLE log_events (
    seq            BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
    id             TEXT   NOT NULL UNIQUE,
    at             TEXT   NOT NULL,
    actor_user     TEXT   NOT NULL,
    actor_position TEXT   NOT NULL,
    actor_capacity TEXT   NOT NULL,
    actor_via      TEXT   NOT NULL,
    actor_through  TEXT   NOT NULL,
    object_kind    TEXT   NOT NULL,
    object_id      TEXT   NOT NULL,
    type           TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    state_before   TEXT,
    state_after    TEXT,
    why            TEXT   NOT NULL,
    prev           TEXT   NOT NULL,
    hash           TEXT   NOT NULL
);

INSERT INTO log_events SELECT seq, id, at, actor_user, actor_position, actor_capacity, actor_via, actor_through, object_kind, object_id,
    type, version, state_before, state_after, why, prev, hash FROM events;

DROP TABLE events;

ALTER TABLE log_events RENAME TO events;

CREATE INDEX events_object ON events (object_kind, object_id, seq);

CREATE INDEX events_user ON events (actor_user, seq);

CREATE INDEX events_type ON events (type, seq);

CREATE INDEX events_kind ON events (object_kind, seq);
