-- Customers get accounts: a password, sessions, addresses, consents. What is new is null for those
-- whom the previous version makes meanwhile.
alter table customer
  add column password_hash text,
  -- When somebody proved that the address is theirs, by a link that was mailed there.
  add column email_verified_at timestamptz,
  -- Everything personal was taken out. The row stays, because orders and ledgers point to it.
  add column erased_at timestamptz,
  add constraint customer_password_is_of_verified
    check (password_hash is null or email_verified_at is not null) not valid,
  add constraint customer_erased_is_nobody
    check (erased_at is null or (email like '%@erased.invalid' and name = '' and phone is null
      and password_hash is null and email_verified_at is null)) not valid;
create index customer_email_prefix on customer (email text_pattern_ops);
create index customer_name_prefix on customer (lower(name) text_pattern_ops);

-- A sign-in of a customer. Only the hash of its token is kept. A renewed token leaves the one
-- before it valid for a moment, so that a lost answer signs nobody out.
create table customer_session (
  id uuid primary key,
  customer_id uuid not null references customer (id),
  token_hash bytea not null unique,
  previous_hash bytea,
  previous_until timestamptz,
  -- What the client calls itself, so that people recognize it in their list.
  device text check (length(device) <= 100),
  created_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index customer_session_previous on customer_session (previous_hash)
  where previous_hash is not null;
create index customer_session_customer on customer_session (customer_id, id);
create index customer_session_expiry on customer_session (expires_at);

-- A mail to the address of an account, and what it is about. `token_hash` is that of the link in
-- it: the link works once and not for long. Rows live for some days.
create table account_mail (
  id uuid primary key,
  kind text not null check (kind in ('verify_email', 'account_known', 'reset_password',
    'account_unknown', 'welcome', 'password_changed')),
  email text not null check (email = lower(email)),
  channel_id uuid not null references channel (id),
  customer_id uuid references customer (id),
  -- What a sign-up becomes once the address is verified: nothing of it counts before.
  sign_up jsonb,
  token_hash bytea unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index account_mail_email on account_mail (email, created_at);
create index account_mail_age on account_mail (created_at);

create table customer_address (
  id uuid primary key,
  customer_id uuid not null references customer (id),
  address jsonb not null,
  default_shipping boolean not null default false,
  default_billing boolean not null default false,
  created_at timestamptz not null
);
create index customer_address_customer on customer_address (customer_id, id);
create unique index customer_address_shipping on customer_address (customer_id)
  where default_shipping;
create unique index customer_address_billing on customer_address (customer_id)
  where default_billing;

-- Who may write to a customer, since when, and where they said so. Rows are only added: the last
-- one of a way of contact counts. No personal data, so that it stays as proof after an erasure.
create table customer_consent (
  id uuid primary key,
  customer_id uuid not null references customer (id),
  contact text not null check (contact in ('email', 'sms')),
  granted boolean not null,
  source text not null
    check (source in ('sign_up', 'account', 'staff', 'import', 'unsubscribe', 'erasure')),
  actor text not null,
  -- The words that were agreed to.
  wording text check (length(wording) <= 1000),
  at timestamptz not null
);
create index customer_consent_last on customer_consent (customer_id, contact, id desc);
create trigger customer_consents_are_immutable before update or delete on customer_consent
  for each row execute function refuse_change();

-- Rules that keep the members of a customer group: whatever takes a group takes a segment.
create table customer_segment (
  group_id uuid primary key references customer_group (id),
  match text not null check (match in ('all', 'any')),
  rules jsonb not null,
  version int not null default 1,
  members int not null default 0,
  evaluated_at timestamptz,
  created_at timestamptz not null
);

-- Orders of guests whose address is verified later become orders of that customer; and staff look
-- for orders by address.
create index order_email on orders (lower(email), id);
create index cart_of_customer on cart (customer_id) where customer_id is not null;

-- Mails about accounts belong to a channel and to no order.
alter table message add column channel_id uuid;
