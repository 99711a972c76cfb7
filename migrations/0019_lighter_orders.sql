-- What the order path wrote and nobody read. Each index and foreign key on these tables is paid
-- for by every order.

-- The order of an attempt is locked when the attempt is written, and orders are never deleted.
alter table payment_attempt drop constraint payment_attempt_order_id_fkey;

-- Lines are written under the lock of their cart; whoever deletes a cart deletes them with it.
alter table cart_line drop constraint cart_line_cart_id_fkey;

-- Effects are found by their id or their cause.
drop index effect_order;

-- Events are read by (xid, id) or by their order; two of one id cannot be made.
alter table event drop constraint event_pkey;

-- Superseded orders are few: lists go by the primary key and leave them out.
drop index order_newest;
