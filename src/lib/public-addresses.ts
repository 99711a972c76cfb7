// Which addresses belong to the open internet. Everything else is ours, our neighbors' or the
// cloud's own: loopback, private networks, link-local with the metadata of the machine, and what
// is reserved or leads to such an address by a detour (mapped, translated, tunneled).
import { BlockList, isIP } from 'node:net'

const not_public = new BlockList()
const subnets: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // The cloud's metadata and host addresses that look like any other.
  ['168.63.129.16', 32],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]
for (const [network, bits] of subnets) {
  not_public.addSubnet(network, bits, isIP(network) === 6 ? 'ipv6' : 'ipv4')
}
/** Of IPv6 only this has been given to the open internet. */
const global_unicast = new BlockList()
global_unicast.addSubnet('2000::', 3, 'ipv6')

/** False also for what is no address. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !not_public.check(address, 'ipv4')
  if (version !== 6 || address.includes('%')) return false
  // `::ffff:10.0.0.1` lies outside of global unicast, as whatever else bears an IPv4 address.
  return global_unicast.check(address, 'ipv6') && !not_public.check(address, 'ipv6')
}

/** The address that a host of a URL is, without the brackets of IPv6; null for a name. */
export function addressIn(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? null : bare
}
