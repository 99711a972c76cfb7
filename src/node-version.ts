// Imported before anything else, so that an older Node is told and not left to stumble.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(
    `Onhand needs Node 24.12 or newer, and this is ${process.versions.node}. ` +
      'In a clone "npm ci" brings one along: start with "npm start".',
  )
  process.exit(1)
}
