-- +goose Up
-- schema: the step of these migrations for which the projected tables were last
-- made from the log; 0: not yet.
CREATE TABLE log_head (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq    BIGINT NOT NULL,
    hash   TEXT   NOT NULL,
    schema BIGINT NOT NULL
);

INSERT INTO log_head (id, seq, hash, schema)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0);

-- NULL in state_before and state_after: there was nothing, there is nothing.
CREATE TABLE events (
    seq            BIGINT NOT NULL PRIMARY KEY,
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

CREATE INDEX events_object ON events (object_kind, object_id, seq);

CREATE INDEX events_user ON events (actor_user, seq);

-- Who took the whole record out of the house, and which copy came back.
CREATE TABLE backups (
    id          TEXT   NOT NULL PRIMARY KEY,
    file        TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    begun_at    TEXT   NOT NULL,
    begun_by    TEXT   NOT NULL,
    restored_at TEXT,
    restored_by TEXT
);
