-- Times are milliseconds since 1970 in UTC. References are 26 characters.

CREATE TABLE call (
    reference   TEXT   NOT NULL PRIMARY KEY,
    arrived_at  BIGINT NOT NULL,
    trunk       TEXT   NOT NULL,
    dialled     TEXT   NOT NULL,
    number      TEXT,
    identity    TEXT   NOT NULL,
    region      TEXT,
    rule        TEXT,
    provider    TEXT,
    destination TEXT,
    answered_at BIGINT,
    joined_at   BIGINT,
    ended_at    BIGINT,
    ended_why   TEXT
);

CREATE INDEX call_arrived ON call (arrived_at);

CREATE TABLE call_event (
    reference TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    sequence  BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    detail    TEXT   NOT NULL,
    PRIMARY KEY (reference, sequence)
);

CREATE TABLE callback (
    reference  TEXT    NOT NULL PRIMARY KEY,
    number     TEXT    NOT NULL,
    text_relay BOOLEAN NOT NULL,
    region     TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    booked_at  BIGINT  NOT NULL,
    deadline   BIGINT  NOT NULL,
    priority   TEXT    NOT NULL,
    attempts   BIGINT  NOT NULL,
    stage      TEXT    NOT NULL,
    due_at     BIGINT
);

CREATE INDEX callback_stage ON callback (stage);

CREATE TABLE callback_attempt (
    reference TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    outcome   TEXT   NOT NULL
);

CREATE TABLE registration (
    account    TEXT   NOT NULL,
    contact    TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, contact)
);
