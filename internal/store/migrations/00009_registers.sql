-- +goose Up
-- office: what the organisation does; the log says it of those that are there.
ALTER TABLE organisations ADD COLUMN office TEXT NOT NULL DEFAULT '';

-- The calendar that the office keeps: the holidays of a year, as in its event.
CREATE TABLE calendars (
    id    TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
