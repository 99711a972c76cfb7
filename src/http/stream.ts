// Streams to one client: server-sent events, files. A stream ends when its source ends, when the
// client has gone or when the server drains, whichever is first.
import { Readable } from 'node:stream'

const heartbeat_ms = 15_000
type Turn = IteratorResult<string | Uint8Array> | 'silence' | 'gone'

async function* untilGone(
  source: AsyncIterable<string | Uint8Array>,
  gone: AbortSignal,
  is_event_stream: boolean,
): AsyncGenerator<string | Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let leave = (): void => {}
  gone.addEventListener('abort', () => leave(), { once: true })
  // Whatever comes first. Nothing is left behind on a promise that lives as long as the stream.
  const turn = (next: Promise<IteratorResult<string | Uint8Array>>): Promise<Turn> =>
    new Promise((resolve, reject) => {
      if (gone.aborted) return resolve('gone')
      const timer = setTimeout(resolve, heartbeat_ms, 'silence').unref()
      const settle = (result: Turn): void => {
        clearTimeout(timer)
        resolve(result)
      }
      leave = () => settle('gone')
      next.then(settle, reject)
    })
  try {
    // The first bytes send the headers, so that the client knows that it is connected.
    if (is_event_stream) yield ': connected\n\n'
    let next = iterator.next()
    for (;;) {
      const result = await turn(next)
      if (result === 'gone') return
      if (result === 'silence') {
        // A line that clients ignore: it finds out whether they are still there.
        if (is_event_stream) yield ': still here\n\n'
        continue
      }
      if (result.done) return
      yield result.value
      next = iterator.next()
    }
  } finally {
    // A source that waits for something ends when its wait does: nobody waits for that here.
    void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

export const streamOf = (
  source: AsyncIterable<string | Uint8Array>,
  gone: AbortSignal,
  media_type: string,
): Readable =>
  Readable.from(untilGone(source, gone, media_type.startsWith('text/event-stream')), {
    objectMode: false,
  })
