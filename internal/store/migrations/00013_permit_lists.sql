-- +goose Up
-- What for a permit is asked: data or field-work; '' while that is not said.
ALTER TABLE permits ADD COLUMN kind TEXT NOT NULL DEFAULT '';

-- A row is long, for it holds the whole state, so lists are found by what lies side
-- by side in this index: all that they ask for, in their own order.
CREATE INDEX permits_list ON permits (id, live, stage, until_day, agreement, kind, institution, report, study, revision);

DROP INDEX permits_until;

DROP INDEX permits_stage;
