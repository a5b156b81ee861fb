-- Every change of a callback, and what supervisors order about one.

-- Each node has a chain of its own: hash is that of the entry and of the hash before it. Nobody alters an
-- entry or takes one away.
CREATE TABLE callback_log (
    node      TEXT   NOT NULL,
    sequence  BIGINT NOT NULL,
    id        TEXT   NOT NULL UNIQUE,
    reference TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_whom   TEXT   NOT NULL CHECK (length(by_whom) <= 120),
    what      TEXT   NOT NULL,
    detail    TEXT   NOT NULL CHECK (length(detail) <= 500),
    hash      TEXT   NOT NULL,
    PRIMARY KEY (node, sequence)
);
CREATE INDEX callback_log_reference ON callback_log (reference);

-- Where each chain ends. Whoever adds to it holds this row until they commit.
CREATE TABLE audit_head (
    node     TEXT   NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash     TEXT   NOT NULL
);

-- What a supervisor orders. The node that makes the callback takes it up, and says what came of it.
CREATE TABLE callback_order (
    id        TEXT   NOT NULL PRIMARY KEY,
    reference TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_whom   TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    taken_at  BIGINT,
    result    TEXT,
    CHECK ((taken_at IS NULL) = (result IS NULL))
);
CREATE INDEX callback_order_open ON callback_order (at) WHERE taken_at IS NULL;

CREATE INDEX callback_attempt_reference ON callback_attempt (reference);
