-- A bundle brings the files of its parts, one copy for each of them: of such a line each unit has
-- so many copies, the first unit copies 1 to `per_unit`, the next one those after them.
alter table entitlement add column per_unit int not null default 1;
alter table entitlement add constraint entitlement_per_unit check (per_unit > 0) not valid;
comment on constraint entitlement_per_unit on entitlement is
  'A unit that brings a file brings a copy of it at least, so that it is known which copies go back with it.';
