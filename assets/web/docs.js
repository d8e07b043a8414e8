// Shows openapi.json to people.

const main = document.getElementById('main')
const add = (parent, tag, text) => {
  const element = parent.appendChild(document.createElement(tag))
  element.textContent = text ?? ''
  return element
}
const follow = (root, schema) =>
  schema?.$ref ? schema.$ref.slice(2).split('/').reduce((at, key) => at[key], root) : schema
const table = (parent, rows) => {
  const body = add(parent, 'table')
  for (const [name, about] of rows) {
    const row = add(body, 'tr')
    add(add(row, 'td'), 'code', name)
    add(row, 'td', about)
  }
}
const show = root => {
  document.getElementById('title').textContent = `${root.info.title} ${root.info.version}`
  add(main, 'p', root.info.description)
  for (const [path, methods] of Object.entries(root.paths)) {
    for (const [method, about] of Object.entries(methods)) {
      add(add(main, 'h2'), 'code', `${method.toUpperCase()} ${path}`)
      add(main, 'p', about.summary)
      if (about.description) add(main, 'p', about.description)
      if (about.parameters) table(main, about.parameters.map(one => [one.name, one.description]))
      for (const [type, content] of Object.entries(about.requestBody?.content ?? {})) {
        const schema = follow(root, content.schema)
        add(add(main, 'p'), 'code', type)
        const needed = schema.required ?? []
        table(main, Object.entries(schema.properties).map(
          ([name, field]) => [name + (needed.includes(name) ? ' *' : ''), field.description]))
      }
      table(main, Object.entries(about.responses).map(([status, answer]) => [status, answer.description]))
    }
  }
}
fetch('openapi.json').then(answer => answer.json()).then(show)
  .catch(() => add(main, 'p', 'openapi.json can’t be read; with keys, fetch it with one.'))
