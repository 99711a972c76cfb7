-- All tables that change are taken at once, in the order in which orders take them: whoever comes
-- meanwhile waits for one moment, and nobody waits crosswise.
lock table price_list, price, cart, orders, order_line, coupon, coupon_use in access exclusive mode;

-- What takes something off a cart, or adds something to it: its effect, when it holds, what it
-- may be combined with, and how often and for how much. Automatic ones are tried on every cart;
-- the others wait for one of their codes, which are the rows of coupon. `used` and `spent` count
-- what orders hold that have not come to nothing; the constraints keep the limits, however many
-- buyers come at once.
create table promotion (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  is_automatic boolean not null,
  class text not null check (class in ('product', 'order', 'shipping')),
  -- Two promotions go together when each names the class of the other.
  combines_with text[] not null default '{}',
  priority int not null default 0,
  effect jsonb not null,
  conditions jsonb not null default '{}',
  currency currency_code,
  starts_at timestamptz,
  ends_at timestamptz,
  usage_limit int check (usage_limit >= 0),
  used int not null default 0 check (used >= 0),
  -- How many orders of one buyer may use it.
  buyer_limit int check (buyer_limit >= 1),
  budget minor_units check (budget >= 0),
  spent minor_units not null default 0 check (spent >= 0),
  created_at timestamptz not null,
  archived_at timestamptz,
  constraint promotion_limit check (used <= usage_limit),
  constraint promotion_budget check (spent <= budget),
  -- A sum without its currency means nothing.
  check (budget is null or currency is not null),
  check (starts_at < ends_at)
) with (fillfactor = 50);
create index promotion_automatic on promotion (id) where is_automatic and archived_at is null;

-- Coupons become the codes of promotions. The columns in which a coupon had terms of its own are
-- read by versions up to 0.1 alone, which may serve beside this one for a while: they are written
-- where they can say what the promotion does, and say of all others that it has not begun.
alter table coupon
  add promotion_id uuid references promotion (id),
  -- Codes that were made in one call.
  add batch_id uuid,
  alter kind set default 'percentage',
  alter rate_ppm set default 1,
  alter starts_at set default '9999-12-31';

insert into promotion (id, name, is_automatic, class, combines_with, effect, conditions, currency,
  starts_at, ends_at, used, created_at)
select id, code, false, 'order', '{product,shipping}',
  jsonb_build_object('kind', 'percentage', 'on', 'order', 'rate_ppm', rate_ppm),
  jsonb_strip_nulls(jsonb_build_object('min_subtotal', nullif(min_subtotal, 0),
    'channel_ids', case when channel_id is null then null else jsonb_build_array(channel_id) end)),
  currency, starts_at, ends_at, used, created_at
from coupon;
update coupon set promotion_id = id;
create index coupon_promotion on coupon (promotion_id, id);

-- What versions up to 0.1 do to a coupon, which they take for the whole promotion.
create function promotion_from_coupon() returns trigger language plpgsql as $$
begin
  insert into promotion (id, name, is_automatic, class, combines_with, effect, conditions,
    currency, starts_at, ends_at, created_at)
  values (new.id, new.code, false, 'order', '{product,shipping}',
    jsonb_build_object('kind', 'percentage', 'on', 'order', 'rate_ppm', new.rate_ppm),
    jsonb_strip_nulls(jsonb_build_object('min_subtotal', nullif(new.min_subtotal, 0),
      'channel_ids',
      case when new.channel_id is null then null else jsonb_build_array(new.channel_id) end)),
    new.currency, new.starts_at, new.ends_at, new.created_at)
  on conflict (id) do update set effect = excluded.effect, conditions = excluded.conditions,
    currency = excluded.currency, starts_at = excluded.starts_at, ends_at = excluded.ends_at;
  new.promotion_id = new.id;
  return new;
end $$;
create trigger promotion_of_new_coupon before insert on coupon
  for each row when (new.promotion_id is null) execute function promotion_from_coupon();
create trigger promotion_of_changed_coupon
  before update of rate_ppm, currency, min_subtotal, channel_id, starts_at, ends_at on coupon
  for each row when (new.promotion_id = new.id
    and (old.rate_ppm, old.currency, old.min_subtotal, old.channel_id, old.starts_at, old.ends_at)
    is distinct from
    (new.rate_ppm, new.currency, new.min_subtotal, new.channel_id, new.starts_at, new.ends_at))
  execute function promotion_from_coupon();

-- A use is now one of a promotion, with what it took off. Without a code, `coupon_id` is the id
-- of the promotion itself; in rows of versions up to 0.1 promotion_id is null and the same.
alter table coupon_use
  add promotion_id uuid,
  add amount minor_units not null default 0,
  add currency currency_code;
-- Earlier rows are found by their coupon: nothing is written for them now.
create index coupon_use_promotion on coupon_use (promotion_id, order_id)
  where promotion_id is not null;

-- Uses are counted where they are written, so that no version can write one that is not counted.
create function count_promotion_uses() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update promotion set used = used + uses, spent = spent + changed.amount
    from (
      select coalesce(written.promotion_id, coupon_id) as id, count(*)::int as uses,
        coalesce(sum(amount) filter (where written.currency = of.currency), 0) as amount
      from written join promotion as of on of.id = coalesce(written.promotion_id, coupon_id)
      where released_at is null group by 1
    ) as changed
    where promotion.id = changed.id;
  else
    update promotion set used = used + uses, spent = spent + changed.amount
    from (
      select moved.id, sum(uses)::int as uses,
        coalesce(sum(amount) filter (where moved.currency = of.currency), 0) as amount
      from (
        select coalesce(promotion_id, coupon_id) as id, 1 as uses, amount, currency
        from written where released_at is null
        union all
        select coalesce(promotion_id, coupon_id), -1, -amount, currency
        from before where released_at is null
      ) as moved join promotion as of on of.id = moved.id
      group by moved.id having sum(uses) <> 0 or sum(amount) <> 0
    ) as changed
    where promotion.id = changed.id;
    -- A turn of a buyer goes with the use that it stands for.
    delete from promotion_turn using written
    where promotion_turn.order_id = written.order_id
      and promotion_turn.promotion_id = written.promotion_id and written.released_at is not null;
  end if;
  return null;
end $$;

-- Which buyer has which of the turns that one may have: the first, the second. A buyer is a digest
-- of the promotion with the customer's id, or with the e-mail address; somebody who gave both has
-- a row for each. The rows go when the order comes to nothing.
create table promotion_turn (
  promotion_id uuid not null,
  buyer text not null,
  nth int not null check (nth >= 1),
  -- As the promotion had it when the turn was given.
  buyer_limit int not null,
  order_id uuid not null,
  primary key (promotion_id, buyer, nth),
  constraint promotion_turns_of_buyer check (nth <= buyer_limit)
);
create index promotion_turn_order on promotion_turn (order_id);

create trigger count_new_uses after insert on coupon_use
  referencing new table as written
  for each statement execute function count_promotion_uses();
create trigger count_changed_uses after update on coupon_use
  referencing new table as written old table as before
  for each statement execute function count_promotion_uses();

-- Codes beside coupon_code, which stays the first.
alter table cart add more_codes text[] not null default '{}';

-- What was applied, by name: [{promotion_id, coupon_id, name, code, amount, shipping}], and in a
-- line its own share: [{promotion_id, name, code, amount}]. Null in orders of earlier versions and
-- where nothing was applied.
alter table orders add promotions jsonb;
alter table order_line add discounts jsonb;

-- Prices as they were: one row for each time that a price held until it was changed or removed,
-- and for each time that a list had other terms. `since` is null where nobody noted it. With the
-- rows that hold now they tell what anything cost at any moment, and so the lowest price of the
-- thirty days before a reduction.
alter table price add since timestamptz;
alter table price_list add since timestamptz;
create table price_past (
  id uuid primary key,
  price_list_id uuid not null,
  variant_id uuid not null,
  min_quantity int not null,
  amount minor_units not null,
  per_units int not null,
  compare_at minor_units,
  since timestamptz,
  until timestamptz not null
);
create index price_past_variant on price_past (variant_id, id);
create table price_list_past (
  id uuid primary key,
  price_list_id uuid not null references price_list (id),
  priority int not null,
  prices_include_tax boolean not null,
  channel_id uuid,
  customer_group_id uuid,
  countries text[],
  starts_at timestamptz,
  ends_at timestamptz,
  archived_at timestamptz,
  since timestamptz,
  until timestamptz not null
);
create index price_list_past_list on price_list_past (price_list_id);
