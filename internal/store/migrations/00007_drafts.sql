-- +goose Up
-- Outside the log: what somebody typed into a form and has not sent. fields: JSON
-- {name: [value]}, without passwords, codes and files. revision: of the object
-- that the form was for when it was typed.
CREATE TABLE kept_drafts (
    person   TEXT   NOT NULL,
    address  TEXT   NOT NULL,
    fields   TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    kept_at  TEXT   NOT NULL,
    PRIMARY KEY (person, address)
);

CREATE INDEX kept_drafts_kept_at ON kept_drafts (kept_at);
