-- How every hunt for a control room went: when it was asked for, when the one that took the call had answered
-- and when it was first heard, and what came of every try (JSON).

CREATE TABLE emergency_transfer (
    reference       TEXT   NOT NULL,
    node            TEXT   NOT NULL,
    asked_at        BIGINT NOT NULL,
    first_invite_at BIGINT,
    answered_at     BIGINT,
    proved_at       BIGINT,
    ended_at        BIGINT NOT NULL,
    room            TEXT,
    outcome         TEXT   NOT NULL,
    tries           TEXT   NOT NULL,
    PRIMARY KEY (reference, asked_at)
);

CREATE INDEX emergency_transfer_asked ON emergency_transfer (asked_at);
