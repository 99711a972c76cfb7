create table account (
  code text primary key,
  name text not null,
  kind text not null check (kind in ('asset', 'liability', 'equity', 'revenue', 'expense'))
);
insert into account (code, name, kind) values
  ('provider_clearing', 'Money the payment providers hold for us', 'asset'),
  ('bank', 'Bank', 'asset'),
  ('receivable', 'Owed by customers', 'asset'),
  ('inventory', 'Goods in stock', 'asset'),
  ('goods_in_transit', 'Goods between locations', 'asset'),
  ('input_tax', 'Tax paid to suppliers', 'asset'),
  ('dispute_hold', 'Money held back in disputes', 'asset'),
  ('customer_deposits', 'Paid for orders that are not placed', 'liability'),
  ('refunds_payable', 'Refunds promised and not yet paid', 'liability'),
  ('tax_payable', 'Tax owed to the state', 'liability'),
  ('gift_cards', 'Gift cards not yet spent', 'liability'),
  ('store_credit', 'Store credit not yet spent', 'liability'),
  ('loyalty', 'Points not yet spent', 'liability'),
  ('sellers_payable', 'Owed to sellers', 'liability'),
  ('suppliers_payable', 'Owed to suppliers', 'liability'),
  ('goods_received', 'Goods received and not yet billed', 'liability'),
  ('equity', 'Equity', 'equity'),
  ('sales', 'Sales of goods', 'revenue'),
  ('shipping_income', 'Shipping charged', 'revenue'),
  ('discounts', 'Discounts given', 'revenue'),
  ('sales_returns', 'Sales taken back', 'revenue'),
  ('commission', 'Commission from sellers', 'revenue'),
  ('exchange_gain', 'Gain and loss from exchange rates', 'revenue'),
  ('payment_fees', 'Fees of the payment providers', 'expense'),
  ('postage', 'Labels bought from carriers', 'expense'),
  ('cost_of_goods', 'Cost of goods sold', 'expense'),
  ('shrinkage', 'Goods lost, damaged or miscounted', 'expense'),
  ('bad_debt', 'Debts and disputes lost', 'expense'),
  ('rounding', 'Rounding', 'expense');

-- Money, double entry, append-only. One row is a whole entry, so that the balance is a plain
-- CHECK that nothing can bypass: debits are positive, credits negative, and they add up to zero
-- in each currency. The lines are read through the view journal_line.
create table journal_entry (
  id uuid not null,
  at timestamptz not null,
  kind text not null,
  order_id uuid,
  cause_id uuid not null,
  legal_entity_id uuid,
  accounts text[] not null,
  currencies text[] not null,
  amounts bigint[] not null,
  parties uuid[] not null,
  primary key (id),
  check (cardinality(accounts) >= 2),
  check (cardinality(accounts) = cardinality(amounts)
    and cardinality(accounts) = cardinality(currencies)
    and cardinality(accounts) = cardinality(parties)),
  constraint debits_equal_credits check (is_balanced(currencies, amounts))
) partition by range (id);
create index journal_entry_order on journal_entry (order_id) where order_id is not null;
create index journal_entry_cause on journal_entry (cause_id);
create table journal_entry_default partition of journal_entry default;

create view journal_line as
  select journal_entry.id as entry_id, at, kind, order_id, cause_id, legal_entity_id,
    line.position, line.account, line.currency, line.amount, line.party_id
  from journal_entry,
    unnest(accounts, currencies, amounts, parties) with ordinality
      as line (account, currency, amount, party_id, position);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end
$$;
create trigger journal_is_append_only before update or delete on journal_entry
  for each row execute function refuse_change();
create trigger stock_movements_are_append_only before update or delete on stock_movement
  for each row execute function refuse_change();
create trigger events_are_append_only before update or delete on event
  for each row execute function refuse_change();

select make_partitions('journal_entry', now(), 3);
