-- +goose Up
-- office: what the organisation does; the log says it of those that are there.
ALTER TABLE organisations ADD COLUMN office TEXT NOT NULL DEFAULT '';

-- The calendar that the office keeps: the holidays of a year, as in its event.
CREATE TABLE calendars (
    id    TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- The registers: value is the entry as in its event; the columns beside it are
-- those that lists and rights ask for. organisation: the owner, region: its own.
CREATE TABLE programmes (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    value        TEXT NOT NULL
);

CREATE INDEX programmes_organisation ON programmes (organisation);

CREATE TABLE datasets (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    value        TEXT NOT NULL
);

CREATE INDEX datasets_organisation ON datasets (organisation);

CREATE TABLE studies (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    agreement    TEXT NOT NULL,
    permit       TEXT NOT NULL,
    value        TEXT NOT NULL
);

CREATE INDEX studies_agreement ON studies (agreement);

CREATE INDEX studies_permit ON studies (permit);
