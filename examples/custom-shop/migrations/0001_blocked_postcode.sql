-- Where our van cannot go: all postal codes that begin with the prefix.
create table blocked_postcode (
  country text not null,
  prefix text not null check (prefix ~ '^[0-9A-Z ]{1,10}$'),
  reason text not null,
  primary key (country, prefix)
);

-- What lay on the shelves at the end of a day, for the accountant.
create table stock_report (
  day date not null,
  sku text not null,
  on_hand bigint not null,
  primary key (day, sku)
);
