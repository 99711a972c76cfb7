-- When a download was last counted. For a while after it, what is missing of the file may be asked
-- for without being counted again.
alter table entitlement add column counted_at timestamptz;
