-- Several nodes share one store. What a node answers for carries its name; what was there before belongs
-- to `main`, the name of a node that has been given none.

ALTER TABLE call ADD COLUMN node TEXT NOT NULL DEFAULT 'main';
CREATE INDEX call_running ON call (node) WHERE ended_at IS NULL;

ALTER TABLE callback ADD COLUMN node TEXT NOT NULL DEFAULT 'main';

ALTER TABLE registration RENAME TO registration_before;
CREATE TABLE registration (
    node       TEXT   NOT NULL DEFAULT 'main',
    account    TEXT   NOT NULL,
    contact    TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, node, contact)
);
INSERT INTO registration (node, account, contact, source, expires_at)
    SELECT 'main', account, contact, source, expires_at FROM registration_before;
DROP TABLE registration_before;

-- A node and its lease. Times of a lease are those of the database's clock, not of a node's.
-- alive_until 0: another node has taken over. steady_since: the lease has not been broken since then.
CREATE TABLE node (
    node         TEXT   NOT NULL PRIMARY KEY,
    epoch        BIGINT NOT NULL,
    lease        BIGINT NOT NULL,
    alive_until  BIGINT NOT NULL,
    steady_since BIGINT NOT NULL
);

-- One row. Whoever changes the queue counts `change` up first and so holds this row until they commit:
-- numbers become visible in their order. Of what has gone up to `horizon` nothing is known any more.
CREATE TABLE queue_clock (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    change  BIGINT NOT NULL,
    horizon BIGINT NOT NULL
);
INSERT INTO queue_clock (id, change, horizon) VALUES (1, 0, 0);

-- A caller with a place in the queue. kept: not on the line, to be called back when their turn comes.
-- promised: a promise of theirs stands in callback, and counts instead of this place. wanted is JSON.
CREATE TABLE queue_caller (
    reference  TEXT    NOT NULL PRIMARY KEY,
    node       TEXT    NOT NULL,
    epoch      BIGINT  NOT NULL,
    wanted     TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    since      BIGINT  NOT NULL,
    not_before BIGINT,
    number     TEXT,
    text_relay BOOLEAN NOT NULL,
    language   TEXT    NOT NULL,
    display    TEXT    NOT NULL,
    promised   BOOLEAN NOT NULL,
    kept       BOOLEAN NOT NULL,
    tries      BIGINT  NOT NULL,
    change     BIGINT  NOT NULL,
    CHECK (number IS NOT NULL OR NOT kept)
);
CREATE INDEX queue_caller_change ON queue_caller (change);
CREATE INDEX queue_caller_node ON queue_caller (node);

-- Somebody who answers, at the node where their phone is registered. profile, with
-- the phones, and reason are JSON.
CREATE TABLE queue_handler (
    handler TEXT   NOT NULL PRIMARY KEY,
    node    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    until   BIGINT,
    reason  TEXT,
    missed  BIGINT NOT NULL,
    calls   BIGINT NOT NULL,
    profile TEXT   NOT NULL,
    change  BIGINT NOT NULL
);
CREATE INDEX queue_handler_change ON queue_handler (change);

-- A handler's phone rings for a caller, or they talk; ended_at says neither. id is the change that made
-- the offer. expires_at, by the database's clock: from then on anybody may end it unless it is answered.
CREATE TABLE queue_offer (
    id          BIGINT NOT NULL PRIMARY KEY,
    reference   TEXT   NOT NULL,
    handler     TEXT   NOT NULL,
    node        TEXT   NOT NULL,
    epoch       BIGINT NOT NULL,
    offered_at  BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    idle_since  BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at    BIGINT,
    outcome     TEXT,
    change      BIGINT NOT NULL,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- No second live offer for a handler.
CREATE UNIQUE INDEX queue_offer_handler ON queue_offer (handler) WHERE ended_at IS NULL;
-- No second handler who talks with a caller.
CREATE UNIQUE INDEX queue_offer_talk ON queue_offer (reference)
    WHERE answered_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX queue_offer_ringing ON queue_offer (reference) WHERE ended_at IS NULL;
CREATE INDEX queue_offer_ended ON queue_offer (ended_at);
CREATE INDEX queue_offer_change ON queue_offer (change);

-- Callers and handlers that have gone, so that whoever follows the changes learns of it.
CREATE TABLE queue_gone (
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    gone_at BIGINT NOT NULL,
    change  BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX queue_gone_change ON queue_gone (change);
