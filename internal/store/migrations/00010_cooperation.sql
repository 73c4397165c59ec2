-- +goose Up
-- Agreements and permits: value is the state as in the last event, whose number is
-- revision; the columns beside it are those that lists, rights and duties ask for.
-- stage: how far the papers are, whatever the days; the state at an instant is
-- worked out from the value. expired: the end is recorded.
CREATE TABLE agreements (
    id        TEXT   NOT NULL PRIMARY KEY,
    kind      TEXT   NOT NULL,
    parent    TEXT   NOT NULL,
    amends    TEXT   NOT NULL,
    stage     TEXT   NOT NULL,
    until_day TEXT   NOT NULL,
    over_day  TEXT   NOT NULL,
    expired   BIGINT NOT NULL,
    revision  BIGINT NOT NULL,
    value     TEXT   NOT NULL
);

CREATE INDEX agreements_parent ON agreements (parent);

CREATE INDEX agreements_amends ON agreements (amends);

-- The parties. signature: '' for none yet, recorded, checked.
CREATE TABLE agreement_places (
    agreement    TEXT NOT NULL REFERENCES agreements (id),
    organisation TEXT NOT NULL,
    region       TEXT NOT NULL,
    signature    TEXT NOT NULL,
    PRIMARY KEY (agreement, organisation)
);

CREATE INDEX agreement_places_organisation ON agreement_places (organisation);

-- until_day: with extensions. live: something may still come. stops: something of
-- it was taken back, which stops studies.
CREATE TABLE permits (
    id          TEXT   NOT NULL PRIMARY KEY,
    institution TEXT   NOT NULL,
    study       TEXT   NOT NULL,
    agreement   TEXT   NOT NULL,
    stage       TEXT   NOT NULL,
    until_day   TEXT   NOT NULL,
    expired     BIGINT NOT NULL,
    live        BIGINT NOT NULL,
    stops       BIGINT NOT NULL,
    report      TEXT   NOT NULL,
    revision    BIGINT NOT NULL,
    value       TEXT   NOT NULL
);

CREATE INDEX permits_agreement ON permits (agreement, id);

CREATE INDEX permits_study ON permits (study);

CREATE INDEX permits_stage ON permits (stage, id);

CREATE INDEX permits_until ON permits (live, until_day);

-- Through whose hands a permit goes: who asks and, once it was submitted, the
-- offices of its chain and the parties of its agreement.
CREATE TABLE permit_places (
    permit       TEXT NOT NULL REFERENCES permits (id),
    organisation TEXT NOT NULL,
    region       TEXT NOT NULL,
    PRIMARY KEY (permit, organisation)
);

CREATE INDEX permit_places_organisation ON permit_places (organisation);

-- Whose turn it is at each place of a chain. deemed: its silence is recorded.
-- agreement, until_day: the permit's.
CREATE TABLE permit_turns (
    permit       TEXT   NOT NULL REFERENCES permits (id),
    place        TEXT   NOT NULL,
    agreement    TEXT   NOT NULL,
    until_day    TEXT   NOT NULL,
    rule         TEXT   NOT NULL,
    act          TEXT   NOT NULL,
    organisation TEXT   NOT NULL,
    region       TEXT   NOT NULL,
    deemed       BIGINT NOT NULL,
    PRIMARY KEY (permit, place)
);

CREATE INDEX permit_turns_organisation ON permit_turns (organisation, permit, place);

CREATE TABLE permit_codes (
    code   TEXT NOT NULL PRIMARY KEY,
    permit TEXT NOT NULL REFERENCES permits (id)
);

-- Every number that an office has used, on whatever paper. number_key: as numbers
-- are compared.
CREATE TABLE office_numbers (
    organisation TEXT NOT NULL,
    year         TEXT NOT NULL,
    number_key   TEXT NOT NULL,
    number       TEXT NOT NULL,
    day          TEXT NOT NULL,
    object_kind  TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    PRIMARY KEY (organisation, year, number_key)
);

ALTER TABLE studies ADD COLUMN state TEXT NOT NULL DEFAULT '';

-- Outside the log: the key that seals the slips of letters. seed: in hex.
CREATE TABLE slip_keys (
    name TEXT NOT NULL PRIMARY KEY,
    seed TEXT NOT NULL
);
