// A small SMTP server on loopback (RFC 5321) that keeps what it gets and can be told to
// refuse, to hang up or to fall silent at any step.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export type SmtpSimulatorOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Null takes mail from anybody. */
  readonly sign_in: { readonly user: string; readonly password: string } | null
  readonly message_bytes_max: number
}
export type SmtpStep = 'greeting' | 'MAIL' | 'RCPT' | 'DATA' | 'message'
/** A number answers with that code, `drop` hangs up, `hang` says nothing any more. */
export type SmtpTrouble = number | 'drop' | 'hang'
export type ReceivedMail = {
  readonly sender: string
  readonly recipients: readonly string[]
  readonly raw: string
}
export type SmtpSimulator = {
  readonly url: string
  readonly mails: ReceivedMail[]
  /** The next time that step is reached. `message` is after the final dot. */
  disturb(step: SmtpStep, trouble: SmtpTrouble): void
  close(): Promise<void>
}

const line_bytes_max = 4096

type Talk = {
  readonly socket: Socket
  readonly say: (line: string) => void
  /** True when trouble was due and has been made. */
  readonly stumble: (step: SmtpStep) => boolean
  readonly keep: (mail: ReceivedMail) => void
  readonly options: SmtpSimulatorOptions
  sender: string | null
  recipients: string[]
  signed_in: boolean
  /** What takes the next line when it is no command. */
  next_line: ((line: string) => void) | null
  text: string[] | null
  text_bytes: number
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8')

function finishAuth(talk: Talk, user: string | undefined, password: string | undefined): void {
  talk.next_line = null
  const { sign_in } = talk.options
  talk.signed_in = sign_in !== null && user === sign_in.user && password === sign_in.password
  talk.say(talk.signed_in ? '235 2.7.0 welcome' : '535 5.7.8 wrong user or password')
}
function askPlain(talk: Talk, given: string | undefined): void {
  const read = (line: string) => {
    const [, user, password] = decode(line).split('\0')
    finishAuth(talk, user, password)
  }
  if (given !== undefined) return read(given)
  talk.next_line = read
  talk.say('334 ')
}
function askLogin(talk: Talk): void {
  talk.next_line = (first) => {
    talk.next_line = (second) => finishAuth(talk, decode(first), decode(second))
    talk.say('334 UGFzc3dvcmQ6')
  }
  talk.say('334 VXNlcm5hbWU6')
}

const reset = (talk: Talk): void => {
  talk.sender = null
  talk.recipients = []
}
const pathIn = (rest: string): string | undefined => /^(?:FROM|TO):\s*<([^<>\s]*)>/i.exec(rest)?.[1]

const commands: Readonly<Record<string, (talk: Talk, rest: string) => void>> = {
  EHLO: (talk) => {
    reset(talk)
    const lines = ['simulator', `SIZE ${talk.options.message_bytes_max}`, '8BITMIME', 'PIPELINING']
    if (talk.options.sign_in) lines.push('AUTH PLAIN LOGIN')
    for (const [index, line] of lines.entries()) {
      talk.say(`250${index === lines.length - 1 ? ' ' : '-'}${line}`)
    }
  },
  HELO: (talk) => talk.say('250 simulator'),
  AUTH: (talk, rest) => {
    const [method, given] = rest.split(' ')
    if (!talk.options.sign_in) return talk.say('502 5.5.1 not offered')
    if (method?.toUpperCase() === 'PLAIN') return askPlain(talk, given)
    if (method?.toUpperCase() === 'LOGIN') return askLogin(talk)
    talk.say('504 5.5.4 unknown method')
  },
  MAIL: (talk, rest) => {
    if (talk.stumble('MAIL')) return
    const sender = pathIn(rest)
    if (talk.options.sign_in && !talk.signed_in) return talk.say('530 5.7.0 sign in first')
    if (sender === undefined) return talk.say('501 5.1.7 bad sender')
    reset(talk)
    talk.sender = sender
    talk.say('250 2.1.0 ok')
  },
  RCPT: (talk, rest) => {
    if (talk.stumble('RCPT')) return
    const recipient = pathIn(rest)
    if (talk.sender === null) return talk.say('503 5.5.1 MAIL first')
    if (!recipient?.includes('@')) return talk.say('501 5.1.3 bad recipient')
    talk.recipients.push(recipient)
    talk.say('250 2.1.5 ok')
  },
  DATA: (talk) => {
    if (talk.stumble('DATA')) return
    if (talk.recipients.length === 0) return talk.say('503 5.5.1 RCPT first')
    talk.text = []
    talk.text_bytes = 0
    talk.say('354 go on')
  },
  RSET: (talk) => {
    reset(talk)
    talk.say('250 2.0.0 ok')
  },
  NOOP: (talk) => talk.say('250 2.0.0 ok'),
  QUIT: (talk) => {
    talk.say('221 2.0.0 bye')
    talk.socket.end()
  },
}

function takeTextLine(talk: Talk, text: string[], line: string): void {
  const { message_bytes_max } = talk.options
  if (line !== '.') {
    talk.text_bytes += line.length + 2
    // A leading dot was doubled by the sender.
    if (talk.text_bytes <= message_bytes_max) text.push(line.replace(/^\./, ''))
    return
  }
  talk.text = null
  if (talk.text_bytes > message_bytes_max) return talk.say('552 5.3.4 too large')
  const raw = `${text.join('\r\n')}\r\n`
  const keep = () => talk.keep({ sender: talk.sender ?? '', recipients: talk.recipients, raw })
  const reply_lost = talk.stumble('message')
  if (!reply_lost) {
    keep()
    talk.say('250 2.0.0 queued')
  } else if (talk.socket.destroyed) keep()
  reset(talk)
}

function takeLine(talk: Talk, line: string): void {
  if (talk.text) return takeTextLine(talk, talk.text, line)
  if (talk.next_line) return talk.next_line(line)
  const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? []
  const command = commands[verb.toUpperCase()]
  if (command) command(talk, rest)
  else talk.say('500 5.5.2 unknown command')
}

function converse(socket: Socket, talk: Talk): void {
  let unread = ''
  socket.setEncoding('latin1')
  // A client may hang up at any time.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    unread += chunk
    for (let end = unread.indexOf('\r\n'); end >= 0; end = unread.indexOf('\r\n')) {
      const line = unread.slice(0, end)
      unread = unread.slice(end + 2)
      if (!socket.destroyed) takeLine(talk, line)
    }
    if (unread.length > line_bytes_max) socket.destroy()
  })
  if (!talk.stumble('greeting')) talk.say('220 simulator ESMTP')
}

export async function startSmtpSimulator(options: SmtpSimulatorOptions): Promise<SmtpSimulator> {
  const mails: ReceivedMail[] = []
  const troubles = new Map<SmtpStep, SmtpTrouble>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const say = (line: string) => {
      if (socket.writable) socket.write(`${line}\r\n`)
    }
    const stumble = (step: SmtpStep): boolean => {
      const trouble = troubles.get(step)
      troubles.delete(step)
      if (trouble === 'drop') socket.destroy()
      else if (typeof trouble === 'number') say(`${trouble} as you wished`)
      return trouble !== undefined
    }
    converse(socket, {
      socket,
      say,
      stumble,
      keep: (mail) => mails.push(mail),
      options,
      sender: null,
      recipients: [],
      signed_in: false,
      next_line: null,
      text: null,
      text_bytes: 0,
    })
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, '127.0.0.1', done)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    disturb: (step, trouble) => {
      troubles.set(step, trouble)
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
