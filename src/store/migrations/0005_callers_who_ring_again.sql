-- Callers who ring again are known by their number, while the welcome plays.

CREATE INDEX call_number ON call (number, arrived_at);
CREATE INDEX callback_open_number ON callback (number) WHERE stage <> 'done';
CREATE INDEX queue_caller_kept_number ON queue_caller (number) WHERE kept;
