// What staff have written stands where it was put: the same reckoning as in src/audit/audit.ts.
import { sql } from '#src/db/sql.ts'
import { onlyNightly, type Promises } from './promised.ts'

export const audit_promises: Promises = {
  // Whoever changes an entry touches nothing else. Seals are looked at by whoever has the key of
  // the server: see src/audit/verify-audit.ts.
  'no entry of the audit was changed or taken out': onlyNightly(
    () => sql`
    select entry.request_id as thing, entry.seq::text, entry.route
    from audit_entry as entry
    left join audit_entry as earlier on earlier.seq = entry.seq - 1
    where entry.seq is not null
      and (entry.seq > 1 and earlier.seq is null
        or entry.hash <> sha256(coalesce(earlier.hash, '')
          || convert_to(entry.seq::text, 'UTF8') || audit_digest(entry)))`,
  ),
}
