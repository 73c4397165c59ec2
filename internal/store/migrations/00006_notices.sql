-- +goose Up
-- What is told to positions and organisations. given: the values as JSON.
CREATE TABLE notices (
    id         TEXT   NOT NULL PRIMARY KEY,
    to_kind    TEXT   NOT NULL,
    to_id      TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    about_kind TEXT   NOT NULL,
    about_id   TEXT   NOT NULL,
    given      TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    at         TEXT   NOT NULL
);

CREATE INDEX notices_to ON notices (to_id, id);

CREATE TABLE notice_reads (
    notice TEXT NOT NULL REFERENCES notices (id),
    person TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (notice, person)
);

-- Outside the log: digests on their way. next_at: NULL once nobody tries again.
CREATE TABLE mail_queue (
    person  TEXT   NOT NULL,
    week    TEXT   NOT NULL,
    tries   BIGINT NOT NULL,
    next_at TEXT,
    PRIMARY KEY (person, week)
);
