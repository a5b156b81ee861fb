-- Who is to make a callback, how its last try ended, and how far it has been raised.

ALTER TABLE callback ADD COLUMN last_outcome TEXT;
ALTER TABLE callback ADD COLUMN skill TEXT NOT NULL DEFAULT 'clinician';
ALTER TABLE callback ADD COLUMN clinician TEXT;
ALTER TABLE callback ADD COLUMN escalation TEXT NOT NULL DEFAULT 'none';
