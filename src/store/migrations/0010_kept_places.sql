-- Callers who have hung up and keep their place in the queue. `wanted` is JSON.

CREATE TABLE kept_place (
    reference  TEXT    NOT NULL PRIMARY KEY,
    node       TEXT    NOT NULL,
    number     TEXT    NOT NULL,
    text_relay BOOLEAN NOT NULL,
    language   TEXT    NOT NULL,
    display    TEXT    NOT NULL,
    wanted     TEXT    NOT NULL,
    since      BIGINT  NOT NULL,
    tries      BIGINT  NOT NULL
);
