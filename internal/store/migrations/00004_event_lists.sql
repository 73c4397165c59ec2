-- +goose Up
-- For lists of the log that ask for one type, or for one kind of object.
CREATE INDEX events_type ON events (type, seq);

CREATE INDEX events_kind ON events (object_kind, seq);
