-- Assessments by pathways: as far as they have come, whose they are and how they ended. `record` is the whole of one, as
-- JSON; no number, name or whole postcode is in it.
CREATE TABLE assessment (
    id TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    call TEXT,
    region TEXT,
    owner TEXT NOT NULL,
    pathway TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    -- Whom it waits for: handler, clinician; nobody where it is closed.
    waits_for TEXT,
    disposition TEXT,
    kind TEXT,
    decided_at BIGINT,
    outcome TEXT,
    closed_by TEXT,
    service TEXT,
    closed_at BIGINT,
    record TEXT NOT NULL
);
CREATE INDEX assessment_opened ON assessment (opened_at, id);
CREATE INDEX assessment_open ON assessment (waits_for, opened_at) WHERE waits_for IS NOT NULL;

-- Searches of the directory: what of them commissioners learn about gaps.
CREATE TABLE directory_search (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    -- The assessment, or the call, for which it was made: whoever is searched for twice is one person.
    for_whom TEXT,
    region TEXT,
    found BIGINT NOT NULL,
    -- It found nothing, or lost a service by one criterion alone.
    missed BOOLEAN NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX directory_search_missed ON directory_search (at, id) WHERE missed;

-- Callers and patients who were sent to a service of the directory, and what came of it.
CREATE TABLE referral (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    service TEXT NOT NULL,
    call TEXT,
    assessment TEXT,
    made_by TEXT NOT NULL,
    outcome TEXT,
    ended_at BIGINT
);
CREATE INDEX referral_at ON referral (at, id);

-- The capacity that providers have set last; one that is not here is as the directory has it.
CREATE TABLE service_capacity (
    service TEXT PRIMARY KEY,
    colour TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    set_by TEXT NOT NULL
);
