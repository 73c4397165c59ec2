-- +goose Up
-- Findings; value is the finding as in its newest event.
CREATE TABLE findings (
    id           TEXT NOT NULL PRIMARY KEY,
    study        TEXT NOT NULL REFERENCES studies (id),
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    programme    TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    state        TEXT NOT NULL,
    value        TEXT NOT NULL
);

CREATE INDEX findings_on ON findings (programme, outcome, state, id);
CREATE INDEX findings_by_state ON findings (state, id);
CREATE INDEX findings_of_study ON findings (study, id);
