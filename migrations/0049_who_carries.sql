-- Whose try a webhook is: when that worker is taken for dead, others need not wait for the end of
-- what it has claimed. Claims of before, and of a version of before that still runs, name nobody
-- and end by their time.
alter table webhook_delivery add column claimed_by text;
