-- The first half of the postcode that a caller has keyed, for the calls that are made to them later.

ALTER TABLE callback ADD COLUMN postcode TEXT;
ALTER TABLE queue_caller ADD COLUMN postcode TEXT;
