-- +goose Up
-- Who saw, or was refused, which data that are not public; a row for each event.
-- column_names and region_codes: JSON lists. *_version: 0 or '' for none.
CREATE TABLE looks (
    id                TEXT   NOT NULL PRIMARY KEY,
    seq               BIGINT NOT NULL,
    at                TEXT   NOT NULL,
    actor             TEXT   NOT NULL,
    person            TEXT   NOT NULL,
    position          TEXT   NOT NULL,
    seen_as           TEXT   NOT NULL,
    kind              TEXT   NOT NULL,
    outcome           TEXT   NOT NULL,
    refusal           TEXT   NOT NULL,
    study             TEXT   NOT NULL,
    agreement         TEXT   NOT NULL,
    agreement_version BIGINT NOT NULL,
    permit            TEXT   NOT NULL,
    permit_version    BIGINT NOT NULL,
    dataset           TEXT   NOT NULL,
    dataset_version   TEXT   NOT NULL,
    column_names      TEXT   NOT NULL,
    region_codes      TEXT   NOT NULL,
    from_day          TEXT   NOT NULL,
    until_day         TEXT   NOT NULL,
    row_count         BIGINT NOT NULL
);

CREATE INDEX looks_agreement ON looks (agreement, seq);
