-- How often in a row a provider was asked about this payment and did not say how it stands. Other
-- lookups are answered for as long as a buyer takes at their bank, and are nobody's trouble.
alter table payment_attempt add column unanswered int not null default 0;
