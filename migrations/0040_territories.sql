-- A district adds to its country and region, as before, or stands in for them: Madeira, the Azores
-- and the like have rates of their own instead of those of the mainland.
alter table tax_district add column adds boolean not null default true;
