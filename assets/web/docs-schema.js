// JSON Schemas of an OpenAPI document in words: the type of a value, the fields of an object, an example.

/** The depth of examples; schemas may be recursive. */
const MAX_DEPTH = 5

/** The target of a reference, or the schema itself. */
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
  // Required fields come first; generators sort by name.
  return fields.sort((one, other) => other.isRequired - one.isRequired)
}

/** A short description of a value: its type, limits, choices and default. */
export function kindOf(root, schema) {
  const about = resolve(root, schema)
  if (!about) return ''
  const parts = [typeOf(root, about)]
  const { minimum } = about
  // JavaScript cannot represent larger ones exactly.
  const maximum = about.maximum <= Number.MAX_SAFE_INTEGER ? about.maximum : undefined
  if (minimum !== undefined && maximum !== undefined) parts.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) parts.push(`at least ${minimum}`)
  else if (maximum !== undefined) parts.push(`at most ${maximum}`)
  if (about.maxLength !== undefined) parts.push(`at most ${about.maxLength} characters`)
  if (about.default !== undefined && about.default !== null) parts.push(`default ${about.default}`)
  return parts.filter(Boolean).join(', ')
}

/** An example of a media type: its own, or one generated from its schema. */
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

/** The properties of an object, including composed ones. */
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
