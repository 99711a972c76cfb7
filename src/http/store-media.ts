// Pictures that the server draws itself, see src/catalog/picture.ts.
import Type from 'typebox'
import { drawPicture } from '#src/catalog/picture.ts'
import { Closed, Media, type Route, route } from './route.ts'

const day_s = 86_400

const picture = route({
  method: 'GET',
  path: '/media/:file',
  who: 'anyone',
  summary: 'Read a picture drawn from the handle of a product: <handle>.svg',
  params: Closed({
    file: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*\\.svg$', maxLength: 204 }),
  }),
  replies: { 200: Media('image/svg+xml') },
  handle: async ({ params: { file } }) => ({
    status: 200,
    headers: {
      'cache-control': `public, max-age=${day_s}, immutable`,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      // Storefronts on other hosts show it.
      'cross-origin-resource-policy': 'cross-origin',
    },
    raw: { media_type: 'image/svg+xml', content: drawPicture(file.slice(0, -'.svg'.length)) },
  }),
})

export const store_media_routes: readonly Route[] = [picture]
