-- What a role may do. Permissions are named in src/staff/staff.ts.
create table role (
  code text primary key check (code ~ '^[a-z_]{1,40}$'),
  name text not null,
  permissions text[] not null
);

create table staff (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  name text not null,
  password_hash text not null,
  role text not null references role (code),
  disabled_at timestamptz,
  created_at timestamptz not null
);

-- A sign-in. The cookie holds the token; only its hash is kept.
create table staff_session (
  token_hash bytea primary key,
  staff_id uuid not null references staff (id),
  csrf_token text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index staff_session_staff on staff_session (staff_id);

-- Publishable keys name a channel and are no secret; secret keys carry permissions.
create table api_key (
  id uuid primary key,
  kind text not null check (kind in ('publishable', 'secret')),
  name text not null,
  token_hash bytea not null unique,
  hint text not null,
  channel_id uuid references channel (id),
  permissions text[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null,
  check ((kind = 'publishable') = (channel_id is not null))
);
