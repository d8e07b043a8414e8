// The choice of model and voice: the model's voices, created ones, and the new recording.

import * as api from './api.js'
import { remember, remembered } from './choices.js'
import { fill, find, show } from './dom.js'
import { clearFaults } from './fields.js'
import { languageName, modelNames, sampleText, voiceName } from './names.js'
import { problem, status } from './notices.js'
import * as preview from './preview.js'
import { chosenId, focusChosen, showCards } from './voice-cards.js'

/** The default voice of a model. */
const DEFAULT = ''
const RECORDING = 'recording:'
const KEPT_PREFIX = 'voice_'
const HEADER = 'X-Voice-Warning'

let recording = null
let voices = []
/** The languages and default voices of the models. */
let models = {}

/** Applies the features of the server. */
export function apply(about) {
  models = about.models ?? {}
}

/** Fills both lists. */
export async function load() {
  const ids = await api.models()
  const languages = ids.map(languageOf)
  fill(find('model'), modelNames(ids, languageOf))
  show('model-choice', ids.length > 1)
  const areLanguages = new Set(languages).size === ids.length && languages.every(Boolean)
  find('model-label').textContent = areLanguages ? 'Language' : 'Model'
  find('model').value = remembered('model') ?? ids[0]
  if (find('model').selectedIndex < 0) find('model').selectedIndex = 0
  await loadVoices(remembered('voice'))
}

export function listen() {
  find('model').addEventListener('change', () => loadVoices(chosenId()).catch(error => problem(error)))
  find('delete-voice').addEventListener('click', () => deleteKept().catch(error => problem(error)))
}

/** The choice, as fields of a request. */
export function chosen() {
  return fields(chosenId())
}

/** The chosen voice's name for people. */
export function chosenName() {
  return voices.find(voice => voice.id === chosenId())?.name ?? ''
}

/** Adds a recording (File) as a voice and selects it; null removes it. */
export async function offerRecording(file) {
  recording = file
  await loadVoices(file ? RECORDING : chosenId())
}

/** Shows a new created voice, and selects it. */
export async function offerKept(id) {
  await loadVoices(id)
  remember('voice', chosenId())
}

/** Shows the response's warning about the voice. */
export function tellOf(answer) {
  const warning = answer.headers.get(HEADER) ?? ''
  find('voice-note').textContent = warning && `${warning.charAt(0).toUpperCase()}${warning.slice(1)}.`
}

/** Moves the focus to the chosen voice. */
export const focus = focusChosen

async function loadVoices(wanted) {
  const model = find('model').value
  const listed = await api.voices(model)
  // Another model may have been selected meanwhile.
  if (find('model').value !== model) return
  preview.stop()
  voices = arranged(listed, models[model]?.default_voice, languageName(languageOf(model)))
  const isThere = voices.some(voice => voice.id === wanted)
  const byDefault = voices.find(voice => voice.isDefault) ?? voices[0]
  showCards(voices, isThere ? wanted : byDefault.id, { hear, choose })
  tellChosen()
}

/** The default voice first, created ones last. A default voice without a name has an entry of its own. */
function arranged(listed, defaultVoice, language) {
  const isDefault = voice => [defaultVoice, 'default'].includes(voice.id)
  const isKept = voice => voice.id.startsWith(KEPT_PREFIX)
  const own = listed.filter(voice => !isKept(voice)).map(voice => ({
    id: voice.id,
    name: voice.id === 'default' ? 'Default voice' : voiceName(voice.name),
    about: language,
    isDefault: isDefault(voice),
  }))
  if (!own.some(voice => voice.isDefault)) {
    own.unshift({ id: DEFAULT, name: 'Default voice', about: language, isDefault: true })
  }
  own.sort((one, other) => other.isDefault - one.isDefault)
  if (recording) own.unshift({ id: RECORDING, name: 'Your recording', about: 'Not saved on the server' })
  const kept = listed.filter(isKept).map(voice => ({ ...voice, about: 'Saved on this server', isKept: true }))
  return own.concat(kept)
}

function fields(id) {
  return { model: find('model').value, voice: id === RECORDING ? recording : id === DEFAULT ? null : id }
}

function hear(voice, button) {
  const wish = { ...fields(voice.id), text: sampleText(languageOf(find('model').value)), speed: 1, temperature: '', seed: '' }
  preview.hear(voice, button, wish)
}

function choose() {
  remember('voice', chosenId())
  clearFaults(['voice'])
  tellChosen()
}

async function deleteKept() {
  const voice = voices.find(one => one.id === chosenId())
  if (!voice?.isKept || !confirm(`Delete the voice “${voice.name}” from the server, for everyone?`)) return
  await api.deleteVoice(voice.id)
  await loadVoices(DEFAULT)
  remember('voice', chosenId())
  status(`The voice “${voice.name}” was deleted.`)
  focusChosen()
}

function tellChosen() {
  find('voice-note').textContent = ''
  show('delete-voice', Boolean(voices.find(voice => voice.id === chosenId())?.isKept))
}

function languageOf(model) {
  return models[model]?.language ?? null
}
