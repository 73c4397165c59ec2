-- +goose Up
-- Budgets and disbursements of programmes: a batch is one table that was brought in;
-- value is its entry as in its event, the rows are a content.
CREATE TABLE figure_batches (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    value        TEXT NOT NULL
);

CREATE INDEX figure_batches_state ON figure_batches (state, id);

-- The lines of batches that were accepted, with all revisions: revision is the number
-- of the event that accepted the batch, latest tells the one that counts, parts is 0.
CREATE TABLE budget_lines (
    programme TEXT   NOT NULL REFERENCES programmes (id),
    year      BIGINT NOT NULL,
    region    TEXT   NOT NULL,
    fund      TEXT   NOT NULL,
    position  TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    batch     TEXT   NOT NULL REFERENCES figure_batches (id),
    code      TEXT   NOT NULL,
    original  BIGINT,
    revised   BIGINT,
    spent     BIGINT,
    latest    BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    parts     BIGINT NOT NULL,
    PRIMARY KEY (programme, year, region, fund, position, revision)
);

CREATE INDEX budget_lines_batch ON budget_lines (batch);

CREATE INDEX budget_lines_latest ON budget_lines (year, region) WHERE latest = 1;

-- What lines below a kabupaten or kota add up to: parts is how many.
CREATE TABLE budget_sums (
    programme TEXT   NOT NULL REFERENCES programmes (id),
    year      BIGINT NOT NULL,
    region    TEXT   NOT NULL,
    fund      TEXT   NOT NULL,
    position  TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    batch     TEXT   NOT NULL REFERENCES figure_batches (id),
    code      TEXT   NOT NULL,
    original  BIGINT,
    revised   BIGINT,
    spent     BIGINT,
    latest    BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    parts     BIGINT NOT NULL,
    PRIMARY KEY (programme, year, region, fund)
);

CREATE TABLE disbursement_lines (
    programme       TEXT   NOT NULL REFERENCES programmes (id),
    year            BIGINT NOT NULL,
    region          TEXT   NOT NULL,
    stage           TEXT   NOT NULL,
    revision        BIGINT NOT NULL,
    batch           TEXT   NOT NULL REFERENCES figure_batches (id),
    people_quota    BIGINT,
    people_decided  BIGINT,
    people_received BIGINT,
    people_failed   BIGINT,
    people_used     BIGINT,
    money_quota     BIGINT,
    money_decided   BIGINT,
    money_received  BIGINT,
    money_failed    BIGINT,
    money_used      BIGINT,
    reason          TEXT   NOT NULL,
    paid            TEXT   NOT NULL,
    latest          BIGINT NOT NULL,
    withdrawn       BIGINT NOT NULL,
    parts           BIGINT NOT NULL,
    PRIMARY KEY (programme, year, region, stage, revision)
);

CREATE INDEX disbursement_lines_batch ON disbursement_lines (batch);

CREATE INDEX disbursement_lines_latest ON disbursement_lines (year, region) WHERE latest = 1;

CREATE TABLE disbursement_sums (
    programme       TEXT   NOT NULL REFERENCES programmes (id),
    year            BIGINT NOT NULL,
    region          TEXT   NOT NULL,
    stage           TEXT   NOT NULL,
    revision        BIGINT NOT NULL,
    batch           TEXT   NOT NULL REFERENCES figure_batches (id),
    people_quota    BIGINT,
    people_decided  BIGINT,
    people_received BIGINT,
    people_failed   BIGINT,
    people_used     BIGINT,
    money_quota     BIGINT,
    money_decided   BIGINT,
    money_received  BIGINT,
    money_failed    BIGINT,
    money_used      BIGINT,
    reason          TEXT   NOT NULL,
    paid            TEXT   NOT NULL,
    latest          BIGINT NOT NULL,
    withdrawn       BIGINT NOT NULL,
    parts           BIGINT NOT NULL,
    PRIMARY KEY (programme, year, region, stage)
);
