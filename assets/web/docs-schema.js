// JSON Schemas of an OpenAPI document in words: the kind of a value, the fields of an object, an example.

/** How deep examples go; schemas may contain themselves. */
const MAX_DEPTH = 5

/** What a reference leads to, or the thing itself. */
export function resolve(root, thing) {
  let at = thing
  for (let step = 0; at?.$ref && step < MAX_DEPTH; step += 1) {
    at = at.$ref.slice(2).split('/').reduce((place, key) => place?.[key.replace(/~1/g, '/').replace(/~0/g, '~')], root)
  }
  return at
}

/** The fields of an object, the required ones first, as `{ name, kind, isRequired, description }`. */
export function fieldsOf(root, schema) {
  const { properties, required } = objectOf(root, schema)
  const fields = Object.entries(properties).map(([name, field]) => {
    const about = resolve(root, field)
    return {
      name,
      kind: kindOf(root, field),
      isRequired: required.includes(name),
      description: field.description ?? about?.description ?? '',
    }
  })
  // What is required comes first; generators sort by name.
  return fields.sort((one, other) => other.isRequired - one.isRequired)
}

/** What a value may be, in a few words: its type, bounds, choices and default. */
export function kindOf(root, schema) {
  const about = resolve(root, schema)
  if (!about) return ''
  const parts = [typeOf(root, about)]
  const { minimum } = about
  // This language can't write down larger ones as they are.
  const maximum = about.maximum <= Number.MAX_SAFE_INTEGER ? about.maximum : undefined
  if (minimum !== undefined && maximum !== undefined) parts.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) parts.push(`at least ${minimum}`)
  else if (maximum !== undefined) parts.push(`at most ${maximum}`)
  if (about.maxLength !== undefined) parts.push(`at most ${about.maxLength} characters`)
  if (about.default !== undefined && about.default !== null) parts.push(`default ${about.default}`)
  return parts.filter(Boolean).join(', ')
}

/** An example of what a media type describes: its own, or one made of its schema. */
export function example(root, { example: own, examples, schema }) {
  if (own !== undefined) return own
  const named = Object.values(examples ?? {}).map(one => resolve(root, one))[0]
  return named ? named.value : exampleOf(root, schema, 0)
}

function exampleOf(root, schema, depth) {
  const about = resolve(root, schema)
  if (!about || depth > MAX_DEPTH) return undefined
  for (const value of [about.example, about.examples?.[0], about.default, about.const, about.enum?.[0]]) {
    if (value !== undefined && value !== null) return value
  }
  const choice = alternatives(about).find(one => resolve(root, one)?.type !== 'null')
  if (choice) return exampleOf(root, choice, depth + 1)
  const { properties } = objectOf(root, about)
  if (Object.keys(properties).length > 0) {
    const fields = Object.entries(properties).map(([name, field]) => [name, exampleOf(root, field, depth + 1)])
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
  }
  const type = [about.type].flat().find(one => one !== 'null')
  if (type === 'array') return [exampleOf(root, about.items, depth + 1)].filter(value => value !== undefined)
  return { string: '…', integer: about.minimum ?? 1, number: about.minimum ?? 1, boolean: true }[type]
}

/** The properties of an object and of all that it is made of. */
function objectOf(root, schema) {
  const about = resolve(root, schema) ?? {}
  const parts = (about.allOf ?? []).map(part => objectOf(root, part))
  return {
    properties: Object.assign({}, ...parts.map(part => part.properties), about.properties),
    required: parts.flatMap(part => part.required).concat(about.required ?? []),
  }
}

function typeOf(root, about) {
  if (about.enum) return `one of ${about.enum.filter(value => value !== null).join(', ')}`
  const choices = alternatives(about).map(one => typeOf(root, resolve(root, one) ?? {})).filter(one => one && one !== 'null')
  if (choices.length > 0) return [...new Set(choices)].join(' or ')
  const types = [about.type].flat().filter(type => type && type !== 'null')
  if (types.includes('array')) return `list of ${typeOf(root, resolve(root, about.items) ?? {}) || 'values'}`
  if (about.format === 'binary' || about.contentMediaType) return 'file'
  return types.join(' or ')
}

function alternatives(about) {
  return about.oneOf ?? about.anyOf ?? []
}
