// What was rendered before, bounded in bytes: the page that was not asked for the longest goes.
import type { Freshness } from './availability.sql.ts'

export type Rendered<Content> = Freshness & {
  readonly content: Content
  readonly bytes: number
  /** Rendered for this moment; a clock that was set back does not get it. */
  readonly from: Date
  /** When prices or publications change by their schedule; null when nothing is planned. */
  readonly until: Date | null
}
type Window = Pick<Rendered<unknown>, 'from' | 'until'>

/** Requests of one moment come in any order. */
const slack_ms = 1_000

export const isCurrent = ({ from, until }: Window, now: Date): boolean =>
  from.getTime() - slack_ms <= now.getTime() && (until === null || now.getTime() < until.getTime())

export const isFresh = (
  page: Window & Freshness,
  now: Date,
  { catalog, settings }: Freshness,
): boolean => page.catalog >= catalog && page.settings >= settings && isCurrent(page, now)

export type PageCache<Content> = {
  find(key: string, now: Date): Rendered<Content> | null
  keep(key: string, page: Rendered<Content>): void
}

export function createPageCache<Content>(bytes_max: number): PageCache<Content> {
  const pages = new Map<string, Rendered<Content>>()
  let bytes = 0
  const drop = (key: string): void => {
    bytes -= pages.get(key)?.bytes ?? 0
    pages.delete(key)
  }
  return {
    find: (key, now) => {
      const page = pages.get(key)
      if (page === undefined) return null
      if (!isCurrent(page, now)) {
        drop(key)
        return null
      }
      // A Map goes by insertion: what was asked for goes to the end.
      pages.delete(key)
      pages.set(key, page)
      return page
    },
    keep: (key, page) => {
      drop(key)
      if (page.bytes > bytes_max) return
      pages.set(key, page)
      bytes += page.bytes
      for (const oldest of pages.keys()) {
        if (bytes <= bytes_max) break
        drop(oldest)
      }
    },
  }
}
