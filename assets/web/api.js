// Requests to the server. Every failure becomes a `Problem` with a sentence for people.

import { session } from './storage.js'
import { inWords } from './words.js'

const KEY = 'key'
const JSON_BODY = { 'Content-Type': 'application/json' }

/** Why a request failed. */
export class Problem extends Error {
  constructor(message, { status = 0, code = null, param = null, retryAfter_s = null } = {}) {
    super(message)
    this.status = status
    this.code = code
    /** The wrong field of the request, by the server's name. */
    this.param = param
    this.retryAfter_s = retryAfter_s
  }
}

/** Prompts for a key; set by the page. Takes whether a key was rejected, returns the key or null. */
let askForKey = async () => null
let asking = null

export function onKeyNeeded(ask) {
  askForKey = ask
}

/** The features of this server. */
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

/** Stores a recording as a voice; returns it as `{ id, name }`. */
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

/** Warnings about a text, as `{ warnings }`. Never prompts for a key, as no button was pressed. */
export async function check(text, model, signal) {
  const body = JSON.stringify({ input: text, model })
  const options = { method: 'POST', headers: JSON_BODY, body, signal, isQuiet: true }
  return (await request('v1/audio/check', options)).json()
}

/**
 * Speaks; the answer's body is the sound, or events with pieces of it if `asEvents` and if the server has
 * them. `wish` has `text`, `model`, `voice` (a name, or a File with a recording, or null), `speed`, and
 * `temperature` and `seed` as texts that may be empty.
 */
export function speak(wish, { format, signal, asEvents = false }) {
  return wish.voice instanceof File ? speakLike(wish, format, signal) : speakAs(wish, format, signal, asEvents)
}

function speakAs({ text, model, voice, speed, temperature, seed }, format, signal, asEvents) {
  const fields = { input: text, model, response_format: format }
  if (asEvents) Object.assign(fields, { stream_format: 'sse', timestamps: true })
  if (voice) fields.voice = voice
  if (speed !== 1) fields.speed = speed
  if (temperature !== '') fields.temperature = Number(temperature)
  let body = JSON.stringify(fields)
  // Seeds may exceed the safe integers of JavaScript.
  if (seed !== '') body = `${body.slice(0, -1)},"seed":${BigInt(seed)}}`
  return request('v1/audio/speech', { method: 'POST', headers: JSON_BODY, body, signal })
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

/** The problem in the body of an error, in either of the server's two shapes. */
export function problemOf(said, status, retryAfter_s = null) {
  const detail = Array.isArray(said.detail) ? said.detail[0]?.msg : said.detail
  const { code = null, param = null } = said.error ?? {}
  const message = said.error?.message ?? detail ?? `status ${status}`
  return new Problem(inWords({ status, code, param, message }), { status, code, param, retryAfter_s })
}

async function request(path, { isQuiet = false, ...options } = {}) {
  let wasRefused = false
  for (;;) {
    const key = session.get(KEY)
    const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) }
    const answer = await send(path, { ...options, headers })
    if (answer.ok) return answer
    const problem = await understand(answer)
    if (answer.status !== 401 || isQuiet) throw problem
    // Another request may have prompted meanwhile.
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
  const wait = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10)
  let said = {}
  try {
    said = await answer.json()
  } catch {
    // A proxy may answer with a page.
  }
  return problemOf(said, answer.status, Number.isFinite(wait) ? wait : null)
}
