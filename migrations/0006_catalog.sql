create table product (
  id uuid primary key,
  handle text not null unique check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title text not null,
  description text not null default '',
  vendor text not null default '',
  type text not null default '',
  tags text[] not null default '{}',
  state text not null default 'draft' check (state in ('draft', 'active', 'archived')),
  options text[] not null default '{}' check (cardinality(options) <= 3),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  search tsvector generated always as (
    setweight(to_tsvector('simple', title), 'A') ||
    setweight(to_tsvector('simple', vendor || ' ' || type), 'B') ||
    setweight(to_tsvector('english', description), 'C')
  ) stored
);
create index product_search on product using gin (search);
create index product_tags on product using gin (tags);
-- Lists go newest first, and ids rise with time.
create index product_vendor on product (vendor, id);
create index product_state on product (state, id);

-- Pictures of a product. A path under /media/ is drawn by this server, wherever it is reached;
-- everything else lies on a server of the merchant.
create table media (
  id uuid primary key,
  product_id uuid not null references product (id),
  url text not null check (url ~ '^(https?://|/media/)'),
  alt text not null default '',
  position int not null,
  unique (product_id, url)
);

-- What can be bought: one choice of each option.
create table variant (
  id uuid primary key,
  product_id uuid not null references product (id),
  sku text not null unique,
  title text not null,
  barcode text,
  option_values text[] not null default '{}',
  position int not null,
  tax_category text not null default 'standard',
  taxable boolean not null default true,
  requires_shipping boolean not null default true,
  weight_g int not null default 0 check (weight_g >= 0),
  hs_code text,
  image_id uuid references media (id),
  archived_at timestamptz
);
create index variant_product on variant (product_id, position);
-- The choice of an archived variant is free for another one.
create unique index variant_options on variant (product_id, option_values)
  where archived_at is null;
create index variant_image on variant (image_id) where image_id is not null;
create index variant_barcode on variant (barcode) where barcode is not null;

create table category (
  id uuid primary key,
  parent_id uuid references category (id),
  handle text not null unique check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title text not null,
  position int not null default 0
);

create table product_category (
  category_id uuid not null references category (id),
  product_id uuid not null references product (id),
  primary key (category_id, product_id)
);
create index product_category_product on product_category (product_id);

-- A product is sold in a channel from its publication on.
create table publication (
  channel_id uuid not null references channel (id),
  product_id uuid not null references product (id),
  published_at timestamptz not null,
  primary key (channel_id, product_id)
);
create index publication_product on publication (product_id);
create index publication_moment on publication (channel_id, published_at);

-- How far an import has come, so that it goes on after a kill.
create table import_run (
  id uuid primary key,
  file_hash text not null unique,
  file_name text not null,
  bytes_done bigint not null default 0,
  lines_done bigint not null default 0,
  products_done bigint not null default 0,
  variants_done bigint not null default 0,
  rows_refused bigint not null default 0,
  started_at timestamptz not null,
  finished_at timestamptz
);
create table import_refusal (
  import_id uuid not null references import_run (id),
  line bigint not null,
  reason text not null,
  primary key (import_id, line, reason)
);
