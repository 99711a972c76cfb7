create table customer_group (
  id uuid primary key,
  code text not null unique,
  name text not null
);

create table customer (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  name text not null,
  phone text,
  company_id uuid,
  created_at timestamptz not null
);

create table customer_group_member (
  customer_id uuid not null references customer (id),
  group_id uuid not null references customer_group (id),
  primary key (customer_id, group_id)
);
create index customer_group_member_group on customer_group_member (group_id);
