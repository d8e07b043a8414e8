// The server, asked. Whatever goes wrong becomes a `Problem` with a sentence for people.

import { session } from './storage.js'

const KEY = 'key'

/** Why the server didn't do what was asked. */
export class Problem extends Error {
  constructor(message, { status = 0, code = null, retryAfter_s = null } = {}) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter_s = retryAfter_s
  }
}

/** Asks for a key; given by the page. Takes whether one was refused, returns the key or null. */
let askForKey = async () => null
let asking = null

export function onKeyNeeded(ask) {
  askForKey = ask
}

/** What this server can do. */
export async function about() {
  return (await request('web/server.json')).json()
}

/** The names of the models. */
export async function models() {
  const answer = await (await request('v1/models')).json()
  return answer.data.map(model => model.id)
}

/** The voices of a model, as `{ id, name }`. */
export async function voices(model) {
  const answer = await (await request(`v1/audio/voices?model=${encodeURIComponent(model)}`)).json()
  return answer.voices
}

/** Keeps a recording as a voice; returns it as `{ id, name }`. */
export async function createVoice(name, file) {
  const body = new FormData()
  body.append('name', name)
  body.append('consent', 'true')
  body.append('audio_sample', file, file.name)
  return (await request('v1/audio/voices', { method: 'POST', body })).json()
}

export async function deleteVoice(id) {
  await request(`v1/audio/voices/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

/**
 * Speaks; the answer's body is the sound. `wish` has `text`, `model`, `voice` (a name, or a File with a
 * recording, or null), `speed`, and `temperature` and `seed` as texts that may be empty.
 */
export function speak(wish, format, signal) {
  return wish.voice instanceof File ? speakLike(wish, format, signal) : speakAs(wish, format, signal)
}

function speakAs({ text, model, voice, speed, temperature, seed }, format, signal) {
  const fields = { input: text, model, response_format: format }
  if (voice) fields.voice = voice
  if (speed !== 1) fields.speed = speed
  if (temperature !== '') fields.temperature = Number(temperature)
  let body = JSON.stringify(fields)
  // Seeds have more digits than the numbers of this language.
  if (seed !== '') body = `${body.slice(0, -1)},"seed":${BigInt(seed)}}`
  const headers = { 'Content-Type': 'application/json' }
  return request('v1/audio/speech', { method: 'POST', headers, body, signal })
}

function speakLike({ text, model, voice, speed, temperature, seed }, format, signal) {
  const body = new FormData()
  const fields = { text, model, response_format: format, temperature, seed, speed: speed === 1 ? '' : speed }
  for (const [name, value] of Object.entries(fields)) {
    if (value !== '') body.append(name, value)
  }
  body.append('voice_wav', voice, voice.name)
  return request('tts', { method: 'POST', body, signal })
}

async function request(path, options = {}) {
  let wasRefused = false
  for (;;) {
    const key = session.get(KEY)
    const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) }
    const answer = await send(path, { ...options, headers })
    if (answer.ok) return answer
    const problem = await understand(answer)
    if (answer.status !== 401) throw problem
    // Meanwhile another request may have asked.
    wasRefused = Boolean(key)
    if (session.get(KEY) !== key) continue
    session.remove(KEY)
    asking ??= askForKey(wasRefused).finally(() => (asking = null))
    const given = await asking
    if (!given) throw problem
    session.set(KEY, given)
  }
}

async function send(path, options) {
  try {
    return await fetch(path, { cache: 'no-store', ...options })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Problem('The server can’t be reached. Is it running, and is this device connected to it?')
  }
}

async function understand(answer) {
  const status = answer.status
  const wait = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10)
  const retryAfter_s = Number.isFinite(wait) ? wait : null
  let said = {}
  try {
    said = await answer.json()
  } catch {
    // A proxy in between answers with pages.
  }
  const detail = Array.isArray(said.detail) ? said.detail[0]?.msg : said.detail
  const message = said.error?.message ?? detail ?? `status ${status}`
  const code = said.error?.code ?? null
  return new Problem(inWords(status, code, message), { status, code, retryAfter_s })
}

function inWords(status, code, message) {
  // Advice for those who run programs, which helps nobody here.
  message = message.replace(/, for\s+example with `[^`]*`/, '')
  const sentence = message.charAt(0).toUpperCase() + message.slice(1).replace(/\.?$/, '.')
  if (code === 'rate_limit_exceeded') return `That was too often for now. ${sentence}`
  if (status === 429) return `The server has its hands full. ${sentence}`
  if (status === 503) return `The server can’t do that right now. ${sentence}`
  if (status === 413) return `That is too much for this server. ${sentence}`
  if (status >= 500) return `Something went wrong on the server. ${sentence}`
  return sentence
}
