-- Legal documents: numbered without gaps, never changed. `document` is everything that is
-- printed on it, frozen when the number was drawn.
create table invoice (
  id uuid primary key,
  kind text not null check (kind in ('invoice', 'credit_note')),
  legal_entity_id uuid not null references legal_entity (id),
  fiscal_year int not null,
  sequence bigint not null,
  number text not null check (length(number) <= 16),
  order_id uuid not null,
  -- The capture, or for a credit note the refund, that it documents.
  cause_id uuid not null,
  invoice_id uuid references invoice (id),
  issued_on date not null,
  currency currency_code not null,
  tax minor_units not null,
  total minor_units not null,
  document jsonb not null,
  created_at timestamptz not null,
  unique (legal_entity_id, kind, number),
  unique (legal_entity_id, kind, fiscal_year, sequence),
  unique (kind, cause_id)
);
create index invoice_order on invoice (order_id);
create index invoice_number on invoice (number);
create index invoice_issued on invoice (issued_on, id);
create table invoice_pdf (
  invoice_id uuid primary key references invoice (id),
  bytes bytea not null,
  sha256 bytea not null
);
create trigger invoices_are_immutable before update or delete on invoice
  for each row execute function refuse_change();
create trigger invoice_pdfs_are_immutable before update or delete on invoice_pdf
  for each row execute function refuse_change();
