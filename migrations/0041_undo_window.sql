-- What an edit has left too much goes back by itself when this time has come. Until then the edit
-- can be taken back without any money moving. What staff want to keep for longer has no row.
create table kept_refund (
  order_id uuid primary key references orders (id),
  due_at timestamptz not null
);
create index kept_refund_due on kept_refund (due_at);
select audit_table('kept_refund');
comment on constraint kept_refund_pkey on kept_refund is
  'What an order has left too much goes back once.';
