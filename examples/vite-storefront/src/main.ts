// A page that searches the products of a shop. VITE_ONHAND_URL and VITE_ONHAND_KEY say which.
import { createClient, Problem } from 'onhand/client'

const shop = createClient({
  url: import.meta.env['VITE_ONHAND_URL'] ?? 'http://127.0.0.1:4000',
  key: import.meta.env['VITE_ONHAND_KEY'] ?? null,
})
const form = document.querySelector('form')!
const status = document.querySelector('[role=status]')!
const list = document.querySelector('ul')!

const priceOf = (amount: number, currency: string): string => {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency })
  const { maximumFractionDigits = 2 } = format.resolvedOptions()
  return format.format(amount / 10 ** maximumFractionDigits)
}

let asked = 0
async function search(): Promise<void> {
  const mine = ++asked
  const q = new FormData(form).get('q')?.toString().trim()
  status.textContent = 'Searching …'
  try {
    const { body } = await shop.get('/store/products', { query: q ? { q } : {} })
    // An answer that comes late must not hide a newer one.
    if (mine !== asked) return
    status.textContent = body.items.length === 0 ? 'Nothing was found.' : ''
    list.replaceChildren(
      ...body.items.map(({ title, price, image }) => {
        const item = document.createElement('li')
        if (image) item.append(Object.assign(new Image(), { src: image.url, alt: image.alt }))
        const text = price ? `${title}, from ${priceOf(price.from, price.currency)}` : title
        item.append(Object.assign(document.createElement('p'), { textContent: text }))
        return item
      }),
    )
  } catch (error) {
    status.textContent = error instanceof Problem ? error.message : 'The shop does not answer.'
  }
}

form.addEventListener('input', () => void search())
form.addEventListener('submit', (event) => event.preventDefault())
void search()
