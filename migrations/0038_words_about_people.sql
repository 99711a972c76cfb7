-- Why a line costs what it does, and how an order is tagged, are words of staff that may name a
-- person. Erasing takes them away, so the audit, which nothing is taken out of, does not tell them:
-- only that they were written, changed or taken away, by whom and when.
select audit_table('order_line', '{price_reason}');
select audit_table('order_tag', '{tag}');
