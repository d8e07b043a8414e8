// Uses running servers as the package `openai` does. The test that starts it looks into what it has heard.
//
//     node openai_client.cjs FOLDER ORIGIN LOCKED_ORIGIN BUSY_ORIGIN
//
// The second server wants the key `sesame`, the third has no stream free and no line.

const assert = require('node:assert/strict')
const { readFile, writeFile } = require('node:fs/promises')
const path = require('node:path')
const OpenAI = require('openai')

const FORMATS = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']
const REQUEST = { input: 'Good morning.', model: 'gpt-4o-mini-tts', voice: 'alloy', seed: 7 }

const client = (origin, apiKey = 'any') =>
  new OpenAI({ baseURL: `${origin}/v1`, apiKey, timeout: 60_000, maxRetries: 0 })
const speak = (api, options) => api.audio.speech.create({ ...REQUEST, ...options })

const allFormats = async (api, folder) => {
  for (const name of FORMATS) {
    const answer = await speak(api, { response_format: name })
    await writeFile(path.join(folder, `speech.${name}`), Buffer.from(await answer.arrayBuffer()))
  }
}

const streams = async (api, folder) => {
  const plain = await readFile(path.join(folder, 'speech.pcm'))
  const pieces = []
  for await (const piece of (await speak(api, { response_format: 'pcm' })).body) pieces.push(piece)
  assert.ok(pieces.length > 1 && Buffer.concat(pieces).equals(plain), `${pieces.length} pieces`)

  const answer = await speak(api, { response_format: 'pcm', stream_format: 'sse', voice: { id: 'heart' } })
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/)
  const events = (await answer.text()).split('\n\n').filter(Boolean).map(text => {
    assert.ok(text.startsWith('data: '))
    return JSON.parse(text.slice('data: '.length))
  })
  const done = events.pop()
  assert.equal(done.type, 'speech.audio.done')
  assert.ok(events.every(event => event.type === 'speech.audio.delta'))
  assert.ok(Buffer.concat(events.map(event => Buffer.from(event.audio, 'base64'))).equals(plain))
}

const refused = async (api, options, kind, fields) => {
  const error = await speak(api, options).then(() => null, problem => problem)
  assert.ok(error instanceof kind, `${JSON.stringify(options)}: ${error}`)
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value)
  return error
}

const main = async (folder, origin, locked, busy) => {
  const api = client(origin)
  await allFormats(api, folder)
  await streams(api, folder)
  await refused(api, { input: '' }, OpenAI.BadRequestError, { status: 400, param: 'input', code: 'empty_text' })
  await refused(api, { voice: 'nobody' }, OpenAI.BadRequestError, { param: 'voice', code: 'voice_not_found' })
  await refused(api, { model: 'gpt-9' }, OpenAI.NotFoundError, { status: 404, code: 'model_not_found' })
  await refused(client(locked, 'mellon'), {}, OpenAI.AuthenticationError, { code: 'invalid_api_key' })
  assert.ok((await speak(client(locked, 'sesame'), {})).ok)
  const late = await refused(client(busy), {}, OpenAI.RateLimitError, { status: 429, code: 'queue_full' })
  assert.ok(Number(late.headers.get('retry-after')) >= 1)
  const names = []
  for await (const model of api.models.list()) names.push(model.id)
  assert.deepEqual(names, ['tiny'])
  console.log('all is as the package expects it')
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exitCode = 1
})
