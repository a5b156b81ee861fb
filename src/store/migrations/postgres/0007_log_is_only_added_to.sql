-- Whoever alters an entry of the log of callbacks has to take these away first.

CREATE FUNCTION ivr111_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER callback_log_change BEFORE UPDATE OR DELETE ON callback_log
    FOR EACH ROW EXECUTE FUNCTION ivr111_refuse('the log of callbacks is only added to');

CREATE TRIGGER callback_log_truncate BEFORE TRUNCATE ON callback_log
    FOR EACH STATEMENT EXECUTE FUNCTION ivr111_refuse('the log of callbacks is only added to');

CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.node <> OLD.node OR NEW.sequence < OLD.sequence)
    EXECUTE FUNCTION ivr111_refuse('the head of a chain does not go back');

CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION ivr111_refuse('the head of a chain does not go back');

CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION ivr111_refuse('the head of a chain does not go back');
