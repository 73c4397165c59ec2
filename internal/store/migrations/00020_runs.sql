-- +goose Up
-- Runs of studies; value is the run as in its newest event.
CREATE TABLE runs (
    id           TEXT   NOT NULL PRIMARY KEY,
    study        TEXT   NOT NULL REFERENCES studies (id),
    organisation TEXT   NOT NULL REFERENCES organisations (id),
    region       TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    dummy        BIGINT NOT NULL,
    value        TEXT   NOT NULL
);

CREATE INDEX runs_of_study ON runs (study, id);
CREATE INDEX runs_by_state ON runs (state, id);

-- Which worker has a run in hand, until when unless it says again that it lives,
-- what it does and how far it is. Outside the log: a run that nobody holds any more
-- is queued still.
CREATE TABLE run_leases (
    run      TEXT   NOT NULL PRIMARY KEY,
    worker   TEXT   NOT NULL,
    begun_at TEXT   NOT NULL,
    until_at TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    doing    TEXT   NOT NULL,
    share    DOUBLE PRECISION NOT NULL
);
