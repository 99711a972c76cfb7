-- When we began to ask the provider to end an open payment. Until it has answered, an
-- authorization of that payment places no order: it is about to be given up.
alter table payment_attempt add column cancel_asked_at timestamptz;
