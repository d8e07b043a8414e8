// A command for each endpoint, generated from the OpenAPI document.

import { example, fieldsOf, resolve } from './docs-schema.js'

const TEXT = 'Hello there.'
/** Example values of required fields. */
const VALUES = { input: TEXT, text: TEXT, name: 'Ann', consent: 'true' }

/** The curl command of an endpoint; null if curl cannot show it. */
export function commandOf(root, path, method, about) {
  const answers = about.responses ?? {}
  // A WebSocket.
  if (answers['101']) return null
  const parts = ['curl']
  if (method !== 'get' && method !== 'post') parts.push(`-X ${method.toUpperCase()}`)
  const address = new URL('.', location.href).href.replace(/\/$/, '') + path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase())
  parts.push(quoted(address + queryOf(root, about.parameters ?? [])), ...bodyOf(root, method, resolve(root, about.requestBody)))
  const type = Object.keys(resolve(root, answers['200'])?.content ?? {}).find(one => one.startsWith('audio/'))
  if (type) parts.push('-o speech')
  return parts.join(' ')
}

/** The required parameters of the query. */
function queryOf(root, parameters) {
  const needed = parameters.map(one => resolve(root, one)).filter(one => one.in === 'query' && one.required)
  const pairs = needed.map(({ name }) => `${name}=${encodeURIComponent(VALUES[name] ?? '…')}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function bodyOf(root, method, body) {
  const content = body?.content
  if (!content) return method === 'post' ? ['-X POST'] : []
  if (content['application/json']) {
    const { schema } = content['application/json']
    const own = example(root, { ...content['application/json'], schema: undefined })
    const needed = fieldsOf(root, schema).filter(field => field.isRequired)
    const fields = own ?? Object.fromEntries(needed.map(({ name }) => [name, VALUES[name] ?? '…']))
    return ['-H "Content-Type: application/json"', `\\\n  -d ${quoted(JSON.stringify(fields))}`]
  }
  const form = content['multipart/form-data'] ?? content['application/x-www-form-urlencoded']
  if (!form) return []
  const needed = fieldsOf(root, form.schema).filter(field => field.isRequired)
  return needed.map(({ name, kind }) => `-F ${quoted(`${name}=${kind === 'file' ? '@recording.wav' : (VALUES[name] ?? '…')}`)}`)
}

function quoted(text) {
  return /^[\w:/.=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
