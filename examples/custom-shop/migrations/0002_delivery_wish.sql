-- Where our van leaves things when nobody is at home.
create table delivery_wish (
  customer_id uuid primary key,
  wish text not null,
  written_at timestamptz not null
);
select audit_table('delivery_wish', '{wish}');
