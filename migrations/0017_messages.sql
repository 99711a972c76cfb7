-- How a message looks. Rows of the shop replace the defaults of the same kind and locale. The
-- HTML is compiled from MJML when it is saved.
create table message_template (
  kind text not null,
  locale text not null,
  subject text not null check (length(subject) <= 500),
  mjml text not null check (length(mjml) <= 200000),
  html text not null,
  text text not null check (length(text) <= 100000),
  enabled boolean not null default true,
  version int not null default 1,
  updated_at timestamptz not null,
  updated_by text not null,
  primary key (kind, locale)
);

-- HTML that MJML was compiled to, by the hash of the MJML: the compiler is a process of its own.
create table compiled_mjml (
  hash bytea primary key,
  html text not null,
  created_at timestamptz not null
);

-- One message to one person, once per cause. Without a mail server it stays here: the mailbox.
create table message (
  id uuid primary key,
  kind text not null,
  cause_id uuid not null,
  order_id uuid,
  recipient text not null,
  subject text not null,
  html text not null,
  text text not null,
  -- Which documents go with it: [{kind: 'invoice', id}].
  attachments jsonb not null default '[]',
  state text not null check (state in ('sending', 'sent', 'mailbox', 'failed')),
  transport text not null,
  reference text,
  tries int not null default 0,
  -- How often it was sent again on purpose: each time is a mail of its own to receivers.
  resends int not null default 0,
  -- One worker at a time tries to send it; after this moment another one may.
  claimed_until timestamptz,
  last_error text check (length(last_error) <= 2000),
  created_at timestamptz not null,
  sent_at timestamptz,
  unique (kind, cause_id)
);
create index message_order on message (order_id);
create index message_recipient on message (lower(recipient), id desc);
create index message_troubled on message (id desc) where state in ('sending', 'failed');
