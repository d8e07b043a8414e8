// Shows openapi.json to people: the endpoints, their fields, and an example of each.

import { example, fieldsOf, kindOf, resolve } from './docs-schema.js'
import { commandOf } from './docs-examples.js'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const COPIED_MS = 2000

const main = document.getElementById('main')

function add(parent, tag, text = '', className = '') {
  const element = parent.appendChild(document.createElement(tag))
  element.textContent = text
  if (className) element.className = className
  return element
}

/** Text in which `…` is code. */
function addText(parent, tag, text) {
  const element = add(parent, tag)
  String(text ?? '').split('`').forEach((part, index) => {
    if (index % 2 === 1) add(element, 'code', part)
    else element.append(part)
  })
  return element
}

function addTable(parent, title, rows) {
  if (rows.length === 0) return
  add(parent, 'h3', title)
  const body = add(add(add(parent, 'div', '', 'table'), 'table'), 'tbody')
  for (const { name, kind, isRequired, description } of rows) {
    const row = add(body, 'tr')
    const head = add(row, 'th')
    head.scope = 'row'
    add(head, 'code', name)
    if (isRequired) add(head, 'span', ' required', 'required')
    if (kind) add(head, 'span', kind, 'kind')
    addText(row, 'td', description)
  }
}

function addCode(parent, text) {
  const block = add(parent, 'pre')
  add(block, 'code', text)
  addCopy(block)
}

function addCopy(block) {
  // There is no clipboard without a secure origin.
  if (!navigator.clipboard) return
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.querySelector('code').textContent)
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), COPIED_MS)
  })
  block.append(button)
}

function showOperation(root, path, method, about) {
  const id = `${method}-${path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'page'}`
  const section = add(main, 'section')
  section.id = id
  const title = add(section, 'h2')
  add(title, 'span', method.toUpperCase(), `method ${method}`)
  title.append(' ')
  add(title, 'code', path)
  for (const text of [about.summary, about.description]) if (text) addText(section, 'p', text)
  addTable(section, 'Parameters', (about.parameters ?? []).map(one => parameter(root, resolve(root, one))))
  const bodies = Object.entries(resolve(root, about.requestBody)?.content ?? {})
  const shown = new Set()
  for (const [type, { schema }] of bodies) {
    // The same fields may be sent in several forms.
    const fields = fieldsOf(root, schema)
    const key = JSON.stringify(fields)
    const types = bodies.filter(([, other]) => JSON.stringify(fieldsOf(root, other.schema)) === key).map(([name]) => name)
    if (!shown.has(key)) addTable(section, `Body: ${types.join(', or ')}`, fields)
    shown.add(key)
    if (fields.length === 0) add(section, 'h3', `Body: ${type}`)
  }
  const command = commandOf(root, path, method, about)
  if (command) {
    add(section, 'h3', 'Example')
    addCode(section, command)
  }
  showAnswers(root, section, about.responses ?? {})
  return { id, method, path, tag: about.tags?.[0] ?? '' }
}

function parameter(root, { name, in: place, required, schema, description }) {
  return { name, kind: [kindOf(root, schema), `in the ${place}`].filter(Boolean).join(', '), isRequired: required, description }
}

function showAnswers(root, section, responses) {
  const lists = Object.values(responses).map(answer => Object.keys(resolve(root, answer).headers ?? {}))
  const common = lists.length > 1 ? lists[0].filter(name => lists.every(list => list.includes(name))) : []
  const rows = Object.entries(responses).map(([status, answer]) => {
    const { description, content = {}, headers = {} } = resolve(root, answer)
    const names = Object.keys(headers).filter(name => !common.includes(name))
    const told = names.length > 0 ? ` Headers: ${asCode(names)}.` : ''
    return { name: status, kind: Object.keys(content).join(', '), description: `${description}${told}` }
  })
  if (common.length > 0) rows.push({ name: 'all', description: `Headers: ${asCode(common)}.` })
  addTable(section, 'Responses', rows)
  for (const [status, answer] of Object.entries(responses)) {
    const json = resolve(root, answer).content?.['application/json']
    const shown = json && example(root, json)
    if (shown === undefined || Number(status) >= 400) continue
    const details = add(section, 'details')
    add(details, 'summary', `Example of a response with status ${status}`)
    addCode(details, JSON.stringify(shown, null, 2))
  }
}

const asCode = names => names.map(name => `\`${name}\``).join(', ')

/** The operations as `[path, method, about]`, grouped by tag, unsafe methods first. */
function inGroups(paths) {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter(method => methods[method]).map(method => [path, method, methods[method]]))
  const groups = new Map()
  for (const operation of all) {
    const tag = operation[2].tags?.[0] ?? ''
    groups.set(tag, [...(groups.get(tag) ?? []), operation])
  }
  const rank = operations => (operations.some(([, method]) => method === 'post') ? 0 : 1)
  return [...groups.values()].sort((one, other) => rank(one) - rank(other)).flat()
}

function showContents(operations) {
  const contents = document.getElementById('contents')
  let tag = ''
  for (const operation of operations) {
    if (operation.tag && operation.tag !== tag) add(contents, 'h2', operation.tag)
    tag = operation.tag
    const link = add(add(contents, 'li'), 'a')
    link.href = `#${operation.id}`
    add(link, 'span', operation.method.toUpperCase(), `method ${operation.method}`)
    link.append(` ${operation.path}`)
  }
}

function show(root) {
  const { title, version, description = '' } = root.info
  document.getElementById('title').textContent = `${title} ${version}`
  for (const part of description.split(/\n{2,}/)) addText(document.getElementById('about'), 'p', part)
  showContents(inGroups(root.paths).map(operation => showOperation(root, ...operation)))
  // The target of the URL's fragment exists only now.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()
}

for (const origin of document.querySelectorAll('.origin')) origin.textContent = new URL('.', location.href).href.replace(/\/$/, '')
for (const block of document.querySelectorAll('pre')) addCopy(block)
try {
  const answer = await fetch('openapi.json')
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  show(await answer.json())
} catch {
  add(main, 'p', 'openapi.json can’t be loaded. Reload this page.')
}
