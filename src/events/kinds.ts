export type EventKind = 'x.y'
