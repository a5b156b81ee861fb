-- The moments of a call by which the service is measured: the introductory message is over, the menus are, the
-- caller begins to wait, is told a wait, is answered by a handler; in which part of the call they have hung up
-- with nothing done for them; whether it was we who cut the call off. docs/measures.md tells more.

ALTER TABLE call ADD COLUMN introduced_at BIGINT;
ALTER TABLE call ADD COLUMN led_at BIGINT;
ALTER TABLE call ADD COLUMN queued_at BIGINT;
ALTER TABLE call ADD COLUMN told_at BIGINT;
-- Milliseconds: as it was said, and as it was reckoned.
ALTER TABLE call ADD COLUMN told_wait BIGINT;
ALTER TABLE call ADD COLUMN estimated_wait BIGINT;
ALTER TABLE call ADD COLUMN handled_at BIGINT;
ALTER TABLE call ADD COLUMN abandoned TEXT;
ALTER TABLE call ADD COLUMN cut_off BOOLEAN NOT NULL DEFAULT FALSE;

-- What is known of calls from before.
UPDATE call SET
    led_at = (SELECT MAX(at) FROM call_event e WHERE e.reference = call.reference AND kind = 'destination'),
    handled_at = CASE WHEN destination IN ('handler-queue', 'clinician-queue') THEN joined_at END,
    cut_off = ended_why IS NOT NULL AND (ended_why LIKE 'the server %' OR ended_why LIKE 'refused with %');
UPDATE call SET abandoned =
    (SELECT MAX(CASE
        WHEN detail LIKE 'menu:%' THEN 'menu'
        WHEN detail LIKE 'callback:%' THEN 'callback'
        WHEN detail LIKE 'queue:%' THEN 'queue'
        WHEN detail LIKE 'crisis-line:%' THEN 'crisis-line'
        WHEN detail LIKE '999:%' THEN '999' END)
     FROM call_event e WHERE e.reference = call.reference AND kind = 'abandoned');

-- Callbacks are reported by when they were promised.
CREATE INDEX callback_booked ON callback (booked_at, reference);
