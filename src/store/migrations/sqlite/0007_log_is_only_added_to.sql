-- Whoever alters an entry of the log of callbacks has to take these away first.

CREATE TRIGGER callback_log_update BEFORE UPDATE ON callback_log BEGIN
    SELECT RAISE(ABORT, 'the log of callbacks is only added to');
END;

CREATE TRIGGER callback_log_delete BEFORE DELETE ON callback_log BEGIN
    SELECT RAISE(ABORT, 'the log of callbacks is only added to');
END;

-- INSERT OR REPLACE takes an entry away without a word.
CREATE TRIGGER callback_log_insert BEFORE INSERT ON callback_log
WHEN EXISTS (
    SELECT 1 FROM callback_log
    WHERE id = NEW.id OR (node = NEW.node AND sequence = NEW.sequence)
) BEGIN
    SELECT RAISE(ABORT, 'the log of callbacks is only added to');
END;

CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
WHEN NEW.node <> OLD.node OR NEW.sequence < OLD.sequence BEGIN
    SELECT RAISE(ABORT, 'the head of a chain does not go back');
END;

CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head BEGIN
    SELECT RAISE(ABORT, 'the head of a chain does not go back');
END;
