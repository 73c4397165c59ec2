-- +goose Up
-- Days are texts YYYY-MM-DD in Asia/Jakarta; '' for none. Regions are BPS codes.
CREATE TABLE organisations (
    id        TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    region    TEXT NOT NULL,
    from_day  TEXT NOT NULL,
    until_day TEXT NOT NULL
);

CREATE TABLE organisation_names (
    organisation TEXT NOT NULL REFERENCES organisations (id),
    from_day     TEXT NOT NULL,
    full_name    TEXT NOT NULL,
    short_name   TEXT NOT NULL,
    PRIMARY KEY (organisation, from_day)
);

CREATE TABLE settings (
    organisation TEXT NOT NULL REFERENCES organisations (id),
    name         TEXT NOT NULL,
    value        TEXT NOT NULL,
    PRIMARY KEY (organisation, name)
);

CREATE TABLE positions (
    id           TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisations (id),
    region       TEXT NOT NULL,
    title        TEXT NOT NULL,
    from_day     TEXT NOT NULL,
    until_day    TEXT NOT NULL
);

CREATE INDEX positions_organisation ON positions (organisation);

-- absent_*: the definitive holder's absence, of a Plh. alone. last_day: given
-- when the end was recorded.
CREATE TABLE holdings (
    id             TEXT NOT NULL PRIMARY KEY,
    position       TEXT NOT NULL REFERENCES positions (id),
    person         TEXT NOT NULL,
    capacity       TEXT NOT NULL,
    from_day       TEXT NOT NULL,
    until_day      TEXT NOT NULL,
    mandate_number TEXT,
    mandate_date   TEXT,
    mandate_file   TEXT,
    absent_from    TEXT,
    absent_until   TEXT,
    absent_reason  TEXT,
    begun_at       TEXT NOT NULL,
    ended_at       TEXT,
    last_day       TEXT NOT NULL
);

CREATE INDEX holdings_position ON holdings (position);

CREATE INDEX holdings_person ON holdings (person);

-- region: of the organisation; the nation where there is none.
CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    organisation  TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    status        TEXT   NOT NULL,
    invited_until TEXT,
    second_factor BIGINT NOT NULL
);

CREATE INDEX users_email ON users (email);

CREATE TABLE user_statuses (
    person TEXT   NOT NULL REFERENCES users (id),
    turn   BIGINT NOT NULL,
    status TEXT   NOT NULL,
    since  TEXT   NOT NULL,
    PRIMARY KEY (person, turn)
);

CREATE TABLE grants (
    id           TEXT NOT NULL PRIMARY KEY,
    person       TEXT NOT NULL,
    role         TEXT NOT NULL,
    region       TEXT NOT NULL,
    organisation TEXT NOT NULL,
    from_day     TEXT NOT NULL,
    until_day    TEXT NOT NULL,
    reason       TEXT NOT NULL
);

CREATE INDEX grants_person ON grants (person);

-- step: requested, confirmed, refused, ended.
CREATE TABLE grant_marks (
    grant_id TEXT NOT NULL REFERENCES grants (id),
    step     TEXT NOT NULL,
    person   TEXT NOT NULL,
    via      TEXT NOT NULL,
    through  TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (grant_id, step)
);

-- Outside the log: what may never stand in it.
CREATE TABLE credentials (
    person        TEXT NOT NULL PRIMARY KEY,
    password      TEXT NOT NULL,
    second_factor TEXT NOT NULL,
    invitation    TEXT NOT NULL
);

CREATE INDEX credentials_invitation ON credentials (invitation);
