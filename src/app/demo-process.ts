// The shop of the demo, as a process: it ends when the demo has gone, however that ended, and
// takes its data along.
import { fileBeside } from '#src/lib/beside.ts'
import { removeDataDir } from './postgres-place.ts'

const data_dir = process.env['DATA_DIR']!
process.once('exit', () => removeDataDir(data_dir))
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// Nobody would tell us any more.
if (!process.connected) process.exit(1)
// Its parts are started from there, as those of every shop.
process.argv[1] = fileBeside(import.meta.filename, '../main')
await import('#src/main.ts')
