-- +goose Up
-- Official figures: a batch is what was recorded at once from one release; value is
-- its entry as in its event, the rows are a content.
CREATE TABLE statistic_batches (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    release      TEXT NOT NULL,
    value        TEXT NOT NULL
);

-- The figures with all revisions: revision is the number of the event that
-- recorded it, latest tells the one of the newest release.
CREATE TABLE statistics (
    indicator    TEXT   NOT NULL,
    region       TEXT   NOT NULL,
    period       TEXT   NOT NULL,
    revision     BIGINT NOT NULL,
    batch        TEXT   NOT NULL REFERENCES statistic_batches (id),
    release      TEXT   NOT NULL,
    value        DOUBLE PRECISION,
    decimals     BIGINT NOT NULL,
    mark         TEXT   NOT NULL,
    series_break TEXT   NOT NULL,
    latest       BIGINT NOT NULL,
    PRIMARY KEY (indicator, region, period, revision)
);
