-- Where in its trace (W3C Trace Context) a payment was begun, and an effect was promised, so that the
-- process that goes on with it goes on with the trace. Null unless traces are sent somewhere.
alter table payment_attempt add column traceparent text;
alter table effect add column traceparent text;
