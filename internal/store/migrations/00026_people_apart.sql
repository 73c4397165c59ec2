-- +goose Up
-- What people are called stands outside the log from now on. salt: '' for whoever was
-- there before; their events say it for good.
CREATE TABLE people (
    person TEXT NOT NULL PRIMARY KEY,
    name   TEXT NOT NULL,
    email  TEXT NOT NULL,
    salt   TEXT NOT NULL
);

CREATE INDEX people_email ON people (email);

INSERT INTO people (person, name, email, salt) SELECT id, name, email, '' FROM users;

DROP INDEX users_email;

ALTER TABLE users DROP COLUMN name;

ALTER TABLE users DROP COLUMN email;

ALTER TABLE users ADD COLUMN profile_seal TEXT NOT NULL DEFAULT '';
